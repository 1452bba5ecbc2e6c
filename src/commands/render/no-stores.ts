import { LatchkeyError } from '../../errors.ts';
import type { Resolver } from '../../stores/resolver.ts';

const nobody = (): LatchkeyError => new LatchkeyError('LK-AWS-AWAY', 'no store is asked here');

/** Answers as if AWS were away, so that a pod gets what its siblings carry. */
export const noStores: Resolver = {
  resolve: async () => ({ one: nobody, many: nobody }),
  lastDefinite: () => undefined,
};
