// What a registration trusts, over time: the authorities in its caBundle.

import { setTimeout as sleep } from 'node:timers/promises';

import { certificatesOf } from '../../../src/tls/certificates.ts';
import type { Api, Json } from './api.ts';
import { changes } from './watch.ts';

export interface Trust {
  /** As a slow API server that follows the registration knows it at this moment; PEM. */
  bundle(): string;
  /** The fingerprints in it, each time that it became another. */
  readonly history: readonly (readonly string[])[];
  close(): Promise<void>;
}

/** How much later than others it learns. */
const LATE_MS = 200;

/** Follows the one webhook of a registration. */
export async function followTrust(api: Api, collection: string, name: string): Promise<Trust> {
  const registration = await api.get(`${collection}/${name}`);
  const history: (readonly string[])[] = [];
  const aborter = new AbortController();
  let pem = '';
  see(registration);

  function see({ webhooks }: Json): void {
    pem = Buffer.from(webhooks[0].clientConfig.caBundle ?? '', 'base64').toString();
    const held = (certificatesOf(pem) ?? []).map(({ fingerprint }) => fingerprint);
    if (held.join() !== history.at(-1)?.join()) history.push(held);
  }

  const following = (async () => {
    const since = registration.metadata.resourceVersion;
    const path = `${collection}?fieldSelector=metadata.name%3D${name}`;
    for await (const { object } of changes(api, path, { since, signal: aborter.signal })) {
      await sleep(LATE_MS);
      see(object);
    }
  })();
  return {
    bundle: () => pem,
    history,
    async close() {
      aborter.abort();
      await following;
    },
  };
}

/**
 * The authorities that took the place of another one: each stood beside the one before, and then without it.
 * @param history fingerprints in the caBundle, each time that it changed
 */
export function successors(history: readonly (readonly string[])[]): readonly string[] {
  const found: string[] = [];
  let before: string | undefined;
  let beside = new Set<string>();
  for (const held of history) {
    const [only, ...others] = held;
    if (others.length > 0 || only === undefined) {
      if (before !== undefined && held.includes(before)) beside = new Set([...beside, ...held]);
      continue;
    }
    if (only !== before && beside.has(only)) found.push(only);
    before = only;
    beside = new Set();
  }
  return found;
}
