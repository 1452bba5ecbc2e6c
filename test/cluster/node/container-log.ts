/** What a container's present run wrote on both streams, for `kubectl logs`; there is no `--previous`. */
export interface ContainerLog {
  write(chunk: Buffer): void;
  text(): string;
  /** A new run begins: what came before is gone. */
  clear(): void;
  /** Tells what comes from now on, until the returned function is called. */
  follow(onChunk: (chunk: Buffer) => void): () => void;
}

/** A kubelet keeps five files of 10 MiB. */
const MAX_BYTES = 8 * 1024 * 1024;

export function createContainerLog(): ContainerLog {
  const chunks: Buffer[] = [];
  const followers = new Set<(chunk: Buffer) => void>();
  let bytes = 0;
  return {
    write(chunk) {
      chunks.push(chunk);
      bytes += chunk.length;
      while (bytes > MAX_BYTES) bytes -= chunks.shift()?.length ?? bytes;
      for (const follower of followers) follower(chunk);
    },
    text: () => Buffer.concat(chunks).toString(),
    clear() {
      chunks.length = 0;
      bytes = 0;
    },
    follow(onChunk) {
      followers.add(onChunk);
      return () => followers.delete(onChunk);
    },
  };
}
