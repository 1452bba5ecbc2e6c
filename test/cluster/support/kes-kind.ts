// The kind of kubernetes-external-secrets comes and goes in tests, so one file at a time has it.

import type { Api } from './api.ts';
import { eventually } from './eventually.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const NAME = 'kes-kind-in-use';
/** Longer than a file may take: whoever held it that long was killed. */
const MAX_HELD_MS = 600_000;
const WAIT_MS = 240_000;

/** Waits until no other file has the kind. @returns what lets the next one have it */
export async function holdKesKind(api: Api): Promise<() => Promise<void>> {
  await eventually(
    async () => {
      const { status } = await api.send('POST', CONFIG_MAPS, { metadata: { name: NAME } });
      if (status !== 201) await freeIfForgotten(api);
      return status === 201;
    },
    'no other file uses the kind',
    WAIT_MS,
  );
  return async () => void (await api.send('DELETE', `${CONFIG_MAPS}/${NAME}`));
}

async function freeIfForgotten(api: Api): Promise<void> {
  const { status, body } = await api.send('GET', `${CONFIG_MAPS}/${NAME}`);
  if (status !== 200) return;
  const { creationTimestamp, uid } = body.metadata;
  if (Date.now() - Date.parse(creationTimestamp) < MAX_HELD_MS) return;
  await api.send('DELETE', `${CONFIG_MAPS}/${NAME}`, { preconditions: { uid } });
}
