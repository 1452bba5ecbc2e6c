// Certificates for tests: made anew in each process, never a key in Git.

import { generate } from 'selfsigned';
import { createAuthority, issueServing, type Authority, type Issued } from '../../src/tls/authority.ts';
import type { TlsMaterial } from '../../src/tls/material.ts';

export interface TestCertificates {
  readonly authority: Authority;
  readonly serving: Issued;
}

/** An authority and a certificate that it signed for loopback and `latchkey.test.svc`. */
export async function testCertificates(days = 1): Promise<TestCertificates> {
  const order = {
    dns: ['localhost', 'latchkey.test.svc'],
    ips: ['127.0.0.1', '::1'],
    days,
    wallMs: Date.now(),
  };
  const authority = await createAuthority({ days: 2, wallMs: order.wallMs });
  return { authority, serving: await issueServing(authority, order) };
}

/** What the API server shows where a cluster admin gave it a client certificate. */
export async function clientCertificate(authority: Authority, name: string): Promise<Issued> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

export function tlsMaterial(serving: Issued, clientCa?: string): TlsMaterial {
  return { ...serving, notAfterMs: Date.now() + 86_400_000, ...(clientCa === undefined ? {} : { clientCa }) };
}
