import { systemClock } from '../../clock.ts';
import { EMPTY_RING } from '../../sealed/key-ring.ts';
import { createOpener } from '../../sealed/opener.ts';
import type { Resolver } from '../../stores/resolver.ts';
import { withSealed } from '../../stores/sealed.ts';
import { readKeyFiles } from '../seal/private-keys.ts';

/** Puts before a resolver what answers `sealed:` references. */
export type Unsealing = (resolver: Resolver) => Resolver;

/**
 * Sealed values are opened with the keys in these files, and with no others.
 *
 * @throws LatchkeyError LK-CONFIG for a file without a key
 */
export async function openSealed(files: readonly string[], clusterWideAllowed: boolean): Promise<Unsealing> {
  const keys = files.length === 0 ? EMPTY_RING : await readKeyFiles(files);
  const opener = createOpener({
    ring: () => keys,
    clock: systemClock,
    withoutKeys: 'Give the sealing keys: --private-key FILE.',
  });
  return (resolver) => withSealed(resolver, { opener, clusterWideAllowed, clock: systemClock });
}
