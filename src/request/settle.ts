import { LatchkeyError } from '../errors.ts';
import type { Address, Source } from './plan.ts';
import type { Reference } from './reference.ts';

/** What a reference that does not say everything itself takes from around it. */
export interface Surroundings {
  readonly namespace: string;
  /** The namespace's `latchkey.dev/prefix`, checked by {@link checkPrefix}. */
  readonly prefix?: string;
  /** '' where nobody named one: the planner reports that once, not for each reference. */
  readonly region: string;
}

const PREFIX_SHAPE = /^\/?(?:[A-Za-z0-9_.+=@-]+\/)*[A-Za-z0-9_.+=@-]+$/;
const LONGEST_NAME = { ssm: 1011, secretsmanager: 512 } as const;

/** Reads `latchkey.dev/prefix`; a slash at the end does not count. Throws LK-SYNTAX. */
export function checkPrefix(text: string): string {
  const prefix = text.trim().replace(/\/$/, '');
  const segments = prefix.split('/');
  if (PREFIX_SHAPE.test(prefix) && !segments.includes('.') && !segments.includes('..')) return prefix;
  throw new LatchkeyError(
    'LK-SYNTAX',
    'this is no prefix of names',
    'Write a path such as /staging/test-app: letters, digits and _ . + = @ - between single slashes.',
  );
}

function fullName(reference: Reference, surroundings: Surroundings): string {
  if (!reference.relative) return reference.name;
  if (surroundings.prefix === undefined) {
    throw new LatchkeyError(
      'LK-SYNTAX',
      `the name is relative, but the namespace has no annotation latchkey.dev/prefix`,
      `Annotate the namespace, such as with latchkey.dev/prefix=/staging/test-app, or write the full name.`,
    );
  }
  const store = reference.store === 'ssm' ? 'ssm' : 'secretsmanager';
  // A parameter in a hierarchy has a leading slash; a secret's name is the prefix as it was written.
  const root = store === 'ssm' && !surroundings.prefix.startsWith('/') ? '/' : '';
  const name = [root + surroundings.prefix, ...(reference.name === '' ? [] : [reference.name])].join('/');
  if (name.length > LONGEST_NAME[store]) {
    throw new LatchkeyError(
      'LK-LIMIT',
      'prefix and name together are too long',
      `AWS allows ${LONGEST_NAME[store]} characters.`,
    );
  }
  return name;
}

function addressOf(reference: Reference, surroundings: Surroundings): Address {
  const { store, selector, version, stage, below } = reference;
  return {
    store,
    region: store === 'sealed' ? '' : (reference.region ?? surroundings.region),
    name: fullName(reference, surroundings),
    ...(selector !== undefined && { selector }),
    ...(version !== undefined && { version }),
    ...(stage !== undefined && { stage }),
    ...(below !== undefined && { below }),
  };
}

/** A reference with its name and region settled. Throws LK-SYNTAX where a relative name has no prefix. */
export function settle(reference: Reference, surroundings: Surroundings): Source {
  const { text, property, optional, decode, encode } = reference;
  return {
    text,
    address: addressOf(reference, surroundings),
    ...(property !== undefined && { property }),
    ...(optional !== undefined && { optional }),
    ...(reference.default !== undefined && { default: reference.default }),
    ...(decode !== undefined && { decode }),
    ...(encode !== undefined && { encode }),
  };
}
