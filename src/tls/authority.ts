import { randomBytes, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

export interface CertificateOrder {
  /** Host names; the first stands for the certificate in messages. */
  readonly dns: readonly string[];
  readonly ips: readonly string[];
  /** May be a fraction. */
  readonly days: number;
  /** When it is made, ms since the epoch. */
  readonly wallMs: number;
}

/** PEM throughout. */
export interface Authority {
  readonly cert: string;
  readonly key: string;
}

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
/** For callers whose clock is behind ours. Of a short life (in tests) it must not be the greater part. */
const BACKDATED_MS = 300_000;
const BACKDATED_SHARE = 10;
/** What the name of an authority of ours begins with. */
const AUTHORITY_NAME = 'latchkey-ca';
const DNS_NAME =
  /^(?=.{1,253}$)(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Whether a host name may stand in a certificate: lower case, as the API server asks for it. */
export function isDnsName(name: string): boolean {
  return DNS_NAME.test(name) && isIP(name) === 0;
}

/** The names under which the API server and people reach a Service; it verifies `<name>.<namespace>.svc`. */
export function serviceNames(service: string, namespace: string): readonly string[] {
  const name = `${service}.${namespace}.svc`;
  return [name, `${name}.cluster.local`, `${service}.${namespace}`, service];
}

/**
 * A new certificate authority: ECDSA P-256, for signing server certificates only. Each has a name of its own: while one
 * replaces another both are trusted, and OpenSSL looks for an issuer by its name.
 */
export async function createAuthority(order: Pick<CertificateOrder, 'days' | 'wallMs'>): Promise<Authority> {
  const name = `${AUTHORITY_NAME}-${randomBytes(4).toString('hex')}`;
  const made = await generate([{ name: 'commonName', value: name }], {
    ...common(order),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A serving certificate for these names and addresses, signed by the authority. */
export async function issueServing(authority: Authority, order: CertificateOrder): Promise<Issued> {
  const made = await generate([{ name: 'commonName', value: 'latchkey' }], {
    ...common(order),
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...order.dns.map((value) => ({ type: 2 as const, value })),
          ...order.ips.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** Whether a certificate names an authority of ours as its issuer. It proves nothing. */
export function namesOurAuthority(certificate: X509Certificate): boolean {
  return certificate.issuer.split('\n').some((part) => part.startsWith(`CN=${AUTHORITY_NAME}`));
}

function common({ days, wallMs }: Pick<CertificateOrder, 'days' | 'wallMs'>) {
  return {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(wallMs - Math.min(BACKDATED_MS, (days * DAY_MS) / BACKDATED_SHARE)),
    notAfterDate: new Date(wallMs + days * DAY_MS),
  } as const;
}
