import type { Clock } from '../clock.ts';
import type { ControllerApi } from '../kubernetes/controller-api.ts';
import { createAuthority, issueServing } from '../tls/authority.ts';
import { keyPairOf, type Certificate, type KeyPair } from '../tls/certificates.ts';
import { nextAuthorities } from '../tls/next-authorities.ts';
import type { Step } from '../tls/rotation.ts';
import { trustedBundle, writeAuthorities, type Authorities } from '../tls/stored-authorities.ts';
import { writeServing } from '../tls/stored-serving.ts';
import type { CertificatesRead } from './read-certificates.ts';

export interface StepOptions {
  readonly api: Pick<ControllerApi, 'updateSecret' | 'publish'>;
  readonly clock: Clock;
  readonly hosts: readonly string[];
  readonly authorityLifetimeMs: number;
  readonly servingLifetimeMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Does one step to what was read. `conflict`: somebody wrote in between; read again and ask again what to do.
 * @throws LatchkeyError LK-KUBERNETES
 */
export async function takeStep(
  step: Step,
  read: CertificatesRead,
  options: StepOptions,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  switch (step.kind) {
    case 'idle':
      return 'done';
    case 'publish':
      return await publish(step.bundle, read, options, signal);
    case 'issue':
      return await issue(read, options, signal);
    default: {
      const made = await madeFor(step, options);
      return await writeCaSecret(nextAuthorities(step, read.authorities, made), read, options, signal);
    }
  }
}

async function madeFor(step: Step, options: StepOptions): Promise<KeyPair | undefined> {
  if (step.kind !== 'make-authority' && step.kind !== 'make-next') return undefined;
  const { clock, authorityLifetimeMs } = options;
  const { cert, key } = await createAuthority({ days: authorityLifetimeMs / DAY_MS, wallMs: clock.wall() });
  return keyPairOf(cert, key);
}

async function writeCaSecret(
  authorities: Authorities,
  { caSecret }: CertificatesRead,
  { api }: StepOptions,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  return await api.updateSecret(caSecret, writeAuthorities(caSecret.data, authorities), signal);
}

async function publish(
  bundle: readonly { readonly fingerprint: string }[],
  { registrations, state }: CertificatesRead,
  { api }: StepOptions,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  const { authority, next, previous, foreign } = state;
  const known = [authority, next, ...previous, ...foreign].filter((each) => each !== undefined);
  const certificates = bundle.flatMap(({ fingerprint }): readonly Certificate[] =>
    known.filter((each) => each.fingerprint === fingerprint),
  );
  const text = trustedBundle(certificates);
  const others = registrations.filter(({ bundles }) => bundles.some((held) => held !== text));
  let outcome: 'done' | 'conflict' = 'done';
  for (const registration of others) {
    const written = await api.publish(registration, text, signal);
    if (written === 'conflict') outcome = 'conflict';
  }
  return outcome;
}

/** A serving certificate never outlives its authority. */
async function issue(
  { authorities: { authority }, tlsSecret }: CertificatesRead,
  { api, clock, hosts, servingLifetimeMs }: StepOptions,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  if (authority === undefined) return 'conflict';
  const wallMs = clock.wall();
  const lifetimeMs = Math.min(servingLifetimeMs, authority.notAfterMs - wallMs);
  const order = { dns: hosts, ips: [], days: lifetimeMs / DAY_MS, wallMs };
  const issued = await issueServing({ cert: authority.pem, key: authority.key }, order);
  return await api.updateSecret(tlsSecret, writeServing(tlsSecret.data, issued), signal);
}
