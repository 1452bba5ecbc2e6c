import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import { parseJson } from '../kubernetes/json.ts';
import { isRecord } from '../manifests/objects.ts';
import { newestCertificate } from '../sealed/key-ring.ts';
import { type Opened, TRIES_OF_A_REVIEW } from '../sealed/opener.ts';
import { labelOf } from '../sealed/scope.ts';
import { sealValue } from '../sealed/seal-value.ts';
import { type SealedValues, sealedValuesOf } from '../sealed/sealed-values.ts';
import type { HealthPage, HealthRoute } from './health.ts';
import { createRateLimit } from './rate-limit.ts';
import type { Sealing } from './sealing.ts';

export interface SealingRoutesOptions {
  readonly sealing: Pick<Sealing, 'opener' | 'ring'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A tree of a few hundred SealedSecrets is sealed anew in a minute; and nobody keeps the keys at work. */
const A_SECOND = 10;
const AT_ONCE = 20;
/** A SealedSecret has at most 1.5 MiB in etcd. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/**
 * What sealed-secrets' controller answers, so that kubeseal and `latchkey seal` work with either: the certificate to seal
 * with, whether a SealedSecret opens, and its values sealed anew. Nothing that was opened is in any answer, a template is never
 * run, and the scope is only ever what the value was sealed for: none of it helps to decrypt.
 */
export function sealingRoutes({ sealing, clock }: SealingRoutesOptions): ReadonlyMap<string, HealthRoute> {
  const limit = createRateLimit({ perSecond: A_SECOND, burst: AT_ONCE, clock });

  async function opened(body: string): Promise<Answer> {
    if (!limit.take()) return { page: plain(429, 'too many at once\n', { 'retry-after': '1' }) };
    const object = parseJson(body);
    const sealed = sealedValuesOf(object);
    if (sealed === undefined) return { page: plain(400, 'not a SealedSecret with encryptedData\n') };
    const values = await openAll(sealed, sealing);
    if (values === undefined) return { page: plain(409, 'it does not open\n') };
    return { object, sealed, values };
  }

  const certificate: HealthRoute = {
    method: 'GET',
    page: async () => {
      const pem = newestCertificate(sealing.ring())?.pem;
      return pem === undefined
        ? plain(404, 'there is no sealing key with a certificate\n')
        : { status: 200, type: 'application/x-pem-file', text: pem.endsWith('\n') ? pem : `${pem}\n` };
    },
  };
  const verify: HealthRoute = {
    method: 'POST',
    maxBodyBytes: MAX_BODY_BYTES,
    page: async (body) => {
      const answer = await opened(body);
      return 'page' in answer ? answer.page : plain(200, 'it opens\n');
    },
  };
  const rotate: HealthRoute = {
    method: 'POST',
    maxBodyBytes: MAX_BODY_BYTES,
    page: async (body) => {
      const answer = await opened(body);
      // kubeseal and its kind take 500 for a value that does not open.
      if ('page' in answer) return answer.page.status === 409 ? { ...answer.page, status: 500 } : answer.page;
      const anew = await sealedAnew(answer, sealing);
      return anew === undefined
        ? plain(500, 'there is no sealing key with a certificate\n')
        : { status: 200, type: 'application/json', text: JSON.stringify(anew) };
    },
  };
  return new Map([
    ['/v1/cert.pem', certificate],
    ['/v1/verify', verify],
    ['/v1/rotate', rotate],
  ]);
}

interface OpenedObject {
  readonly object: unknown;
  readonly sealed: SealedValues;
  readonly values: ReadonlyMap<string, Opened>;
}
type Answer = { readonly page: HealthPage } | OpenedObject;

/** All values, or undefined: which one does not open, and why, is not told. */
async function openAll(
  { sealedFor, values }: SealedValues,
  { opener }: Pick<Sealing, 'opener'>,
): Promise<ReadonlyMap<string, Opened> | undefined> {
  const tries = { left: TRIES_OF_A_REVIEW + values.size };
  const opened = new Map<string, Opened>();
  try {
    for (const [key, text] of values) opened.set(key, await opener.open({ text, sealedFor }, tries));
    return opened;
  } catch (error) {
    if (error instanceof LatchkeyError) return undefined;
    throw error;
  }
}

/** The object as it came, with every value sealed for whom it was sealed before. */
async function sealedAnew(
  { object, sealed, values }: OpenedObject,
  { ring }: Pick<Sealing, 'ring'>,
): Promise<object | undefined> {
  const certificate = newestCertificate(ring());
  if (certificate === undefined || !isRecord(object) || !isRecord(object['spec'])) return undefined;
  const label = labelOf(sealed.sealedFor);
  const encryptedData: [string, string][] = [];
  for (const [key, { value }] of values)
    encryptedData.push([key, await sealValue(new Uint8Array(value.reveal()), label, certificate.publicKey)]);
  const { status: _status, ...rest } = object;
  return { ...rest, spec: { ...object['spec'], encryptedData: Object.fromEntries(encryptedData) } };
}

function plain(status: number, text: string, headers: HealthPage['headers'] = {}): HealthPage {
  return { status, type: 'text/plain; charset=utf-8', text, headers };
}
