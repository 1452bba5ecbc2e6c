// Where a serving certificate comes from: files, such as a kubelet mounts, or a Secret that is read.

import { dirname } from 'node:path';
import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import type { TlsMaterial } from './material.ts';
import { checkMaterial, readMaterial, readText, type CertificateFiles } from './read-material.ts';
import { textOf, type Content } from './stored-authorities.ts';

export interface CertificateSource {
  /**
   * What is there now, checked; valid at `wallMs` (ms since the epoch).
   * @throws LatchkeyError LK-CONFIG, LK-KUBERNETES; never with what is in it
   */
  read(wallMs: number): Promise<TlsMaterial>;
  /** The directories in which something happens when it changes. */
  readonly directories: readonly string[];
  /** Between two looks, in ms. */
  readonly pollMs: number;
}

/** Not every volume reports changes. */
const FILES_POLL_MS = 10_000;
/** One small read; whoever renews certificates allows for minutes. */
const SECRET_POLL_MS = 2_000;

export function certificateFiles(files: CertificateFiles): CertificateSource {
  const { certFile, keyFile, clientCaFile } = files;
  return {
    read: (wallMs) => readMaterial(files, wallMs),
    directories: directoriesOf([certFile, keyFile, clientCaFile]),
    pollMs: FILES_POLL_MS,
  };
}

export interface CertificateSecret {
  /** As a message calls it: NAMESPACE/NAME. */
  readonly name: string;
  /** Undefined where it does not exist. */
  readonly read: () => Promise<Content | undefined>;
  readonly clientCaFile?: string;
}

/** `tls.crt` and `tls.key` of a Secret, as of type kubernetes.io/tls. */
export function certificateSecret({ name, read, clientCaFile }: CertificateSecret): CertificateSource {
  const called = (key: string): string => `${key} of Secret ${printable(name)}`;
  return {
    async read(wallMs) {
      const content = await read();
      if (content === undefined) {
        throw new LatchkeyError(
          'LK-CONFIG',
          `Secret ${printable(name)} does not exist`,
          'Name the Secret of the serving certificate with --tls-secret NAMESPACE/NAME.',
        );
      }
      const names = { cert: called('tls.crt'), key: called('tls.key'), clientCa: clientCaFile ?? '' };
      const clientCa = clientCaFile === undefined ? undefined : await readText(clientCaFile);
      const pair = { cert: textOf(content, 'tls.crt'), key: textOf(content, 'tls.key') };
      return checkMaterial({ ...pair, ...(clientCa === undefined ? {} : { clientCa }) }, names, wallMs);
    },
    directories: directoriesOf([clientCaFile]),
    pollMs: SECRET_POLL_MS,
  };
}

function directoriesOf(files: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(files.flatMap((file) => (file === undefined ? [] : [dirname(file)])))];
}
