import { watch, type FSWatcher } from 'node:fs';
import type { Clock } from '../clock.ts';
import { safeError } from '../telemetry/safe-error.ts';
import type { CertificateSource } from './certificate-source.ts';
import type { TlsMaterial } from './material.ts';

export interface WatchOptions {
  readonly source: CertificateSource;
  readonly clock: Clock;
  /** A good pair that differs from the last. May throw when the TLS library refuses it after all. */
  readonly onLoaded: (material: TlsMaterial) => void;
  /** A bad one; told once for each different reason. What was loaded before stays. */
  readonly onRefused: (reason: string) => void;
}

export interface CertificateWatch {
  close(): void;
}

/** A kubelet writes a new directory and then swaps the link `..data`: several events, a moment apart. */
const SETTLE_MS = 50;

/**
 * Follows a certificate: `current` is what was read at start. The *directories* of files are watched, since a Secret volume
 * never changes the files themselves, and the source is looked at again in its own time.
 */
export function watchCertificate(current: TlsMaterial, options: WatchOptions): CertificateWatch {
  let loaded = current;
  let refused = '';
  let looking: Promise<void> | undefined;
  let again = false;

  async function look(): Promise<void> {
    try {
      const material = await options.source.read(options.clock.wall());
      if (
        material.cert !== loaded.cert ||
        material.key !== loaded.key ||
        material.clientCa !== loaded.clientCa
      ) {
        options.onLoaded(material);
        loaded = material;
      }
      refused = '';
    } catch (error) {
      const reason = safeError(error).message ?? 'the TLS library refuses the certificate';
      if (reason !== refused) {
        refused = reason;
        options.onRefused(reason);
      }
    }
  }

  /** One look at a time. What happens meanwhile leads to one more. */
  function schedule(): void {
    if (looking !== undefined) {
      again = true;
      return;
    }
    looking = look().then(() => {
      looking = undefined;
      if (again) {
        again = false;
        schedule();
      }
    });
  }

  const settled = debounce(schedule);
  const watchers = options.source.directories.flatMap((directory) => watchDirectory(directory, settled.call));
  const poll = setInterval(schedule, options.source.pollMs).unref();
  return {
    close() {
      clearInterval(poll);
      settled.cancel();
      for (const watcher of watchers) {
        watcher.close();
      }
    },
  };
}

/** Where watching isn't possible (no inotify instance left, a network file system), polling alone has to do. */
function watchDirectory(directory: string, onChange: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, onChange);
    watcher.on('error', () => {
      watcher.close();
    });
    return [watcher];
  } catch {
    return [];
  }
}

function debounce(action: () => void): { readonly call: () => void; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    call() {
      clearTimeout(timer);
      timer = setTimeout(action, SETTLE_MS).unref();
    },
    cancel() {
      clearTimeout(timer);
    },
  };
}
