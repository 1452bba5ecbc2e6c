import type { Readable } from 'node:stream';

import { UsageError } from '../config/usage-error.ts';

/** All of standard input. @throws UsageError saying `tooMuch` when it has more than `most` bytes */
export async function readStandardInput(stdin: Readable, most: number, tooMuch: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<string | Buffer>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.byteLength;
    if (size > most) throw new UsageError([tooMuch]);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
