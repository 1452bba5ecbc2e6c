import type { Address } from '../../request/plan.ts';
import { parseReference, type Reference } from '../../request/reference.ts';

/**
 * The reference that asks for an address.
 *
 * @param regionKnown whether the definition says the region; otherwise it is left to the pod's surroundings
 * @throws LatchkeyError for what no reference can say
 */
export function referenceOf(address: Address, regionKnown: boolean): Reference {
  const { store, name, selector, below, version, stage, region } = address;
  const wildcard =
    below === undefined ? '' : `${name.endsWith('/') ? '' : '/'}${below === 'one-level' ? '*' : '**'}`;
  const subject = name.startsWith('arn:') ? name : `${store}:${name}`;
  const text = `${subject}${wildcard}${selector === undefined ? '' : `:${selector}`}`;
  const reference = parseReference(text, below === undefined ? 'value' : 'members');
  return {
    ...reference,
    ...(version === undefined ? {} : { version }),
    ...(stage === undefined ? {} : { stage }),
    ...(regionKnown && reference.arn === undefined ? { region } : {}),
  };
}
