import { randomBytes } from 'node:crypto';
import { LatchkeyError } from '../errors.ts';
import type { ControllerApi, StoredSecret } from '../kubernetes/controller-api.ts';
import { quoted } from '../quote.ts';
import { SecretValue } from '../secret-value.ts';
import { isEmptyContent } from '../tls/stored-authorities.ts';
import { ownSecret } from './own-secret.ts';

/** Where in the key Secret the key is. */
const KEY = 'key';
const BYTES = 32;

/**
 * The installation's key from its Secret. An empty one is filled, once: a new key would give every managed Secret another
 * name.
 * @throws LatchkeyError LK-CONFIG when the Secret is missing or holds something else; it is never overwritten
 */
export async function installationKey(
  api: Pick<ControllerApi, 'secret' | 'updateSecret'>,
  at: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<SecretValue> {
  const secret = await ownSecret(api, at, signal);
  if (!isEmptyContent(secret.data)) return keyIn(secret, at.name);
  const made = new SecretValue(randomBytes(BYTES));
  const written = await api.updateSecret(secret, new Map(secret.data).set(KEY, made), signal);
  // Somebody else filled it at this very moment: theirs counts.
  return written === 'done' ? made : keyIn(await ownSecret(api, at, signal), at.name);
}

/** The key that was made; `undefined` where none is there yet, and so nothing was named with it. */
export async function storedKey(
  api: Pick<ControllerApi, 'secret'>,
  at: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<SecretValue | undefined> {
  const secret = await api.secret(at.namespace, at.name, signal);
  return secret === undefined || isEmptyContent(secret.data) ? undefined : keyIn(secret, at.name);
}

function keyIn({ data }: StoredSecret, name: string): SecretValue {
  const found = data.get(KEY);
  if (found !== undefined && found.size >= BYTES) return found;
  throw new LatchkeyError(
    'LK-CONFIG',
    `Secret ${quoted(name)} holds no key of at least ${String(BYTES)} bytes under ${quoted(KEY)}`,
    "Put the installation's key back; or empty the Secret, and a new one is made.",
  );
}
