import { LatchkeyError } from '../errors.ts';
import type { ControllerApi, StoredSecret } from '../kubernetes/controller-api.ts';
import { quoted } from '../quote.ts';

/**
 * A Secret of the installation. The controller may not create one: who could make it first would choose its content, so
 * whoever installs Latchkey makes it, empty.
 * @throws LatchkeyError LK-CONFIG when it isn't there
 */
export async function ownSecret(
  api: Pick<ControllerApi, 'secret'>,
  at: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<StoredSecret> {
  const secret = await api.secret(at.namespace, at.name, signal);
  if (secret !== undefined) return secret;
  throw new LatchkeyError(
    'LK-CONFIG',
    `Secret ${quoted(at.name)} does not exist in namespace ${quoted(at.namespace)}`,
    'Make it empty, as the chart does: kubectl create secret generic NAME.',
  );
}
