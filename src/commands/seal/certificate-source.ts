import { readFile } from 'node:fs/promises';

import { UsageError } from '../../config/usage-error.ts';
import { quoted } from '../../quote.ts';
import { type KeyRing, newestCertificate } from '../../sealed/key-ring.ts';
import { readSealingCertificate, type SealingCertificate } from '../../sealed/sealing-certificate.ts';
import type { Cluster } from './cluster.ts';
import { fetchCertificate } from './fetch-certificate.ts';

/** What `--cert` and `--private-key` say for the cluster; a file of that name is `./cluster`. */
export const CLUSTER = 'cluster';

export interface CertificateSource {
  /** `--cert` */
  readonly cert: string | undefined;
  /** Where private keys were named. */
  readonly ring?: KeyRing;
  readonly cluster: Pick<Cluster, 'service'>;
  readonly signal: AbortSignal;
  readonly wallMs: number;
}

/**
 * The certificate to seal with: what `--cert` names, else that of the newest private key, else that of the cluster.
 *
 * @throws LatchkeyError LK-CONFIG when it is none, too small or expired; LK-KUBERNETES; UsageError
 */
export async function sealingCertificate(source: CertificateSource): Promise<SealingCertificate> {
  const { cert, ring, cluster, signal, wallMs } = source;
  if (cert === undefined && ring !== undefined) {
    const pem = newestCertificate(ring)?.pem;
    if (pem === undefined)
      throw new UsageError(['--cert is missing: there is no certificate beside the private keys']);
    return readSealingCertificate(pem, 'the newest sealing key', wallMs);
  }
  if (cert === undefined || cert === CLUSTER) {
    const service = await cluster.service();
    return readSealingCertificate(await service.certificate(signal), 'the cluster', wallMs);
  }
  const pem = /^https?:\/\//i.test(cert) ? await fetchCertificate(cert, signal) : await readText(cert);
  return readSealingCertificate(pem, cert, wallMs);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UsageError([`--cert: ${quoted(file, 300)} is not there or not readable`]);
  }
}
