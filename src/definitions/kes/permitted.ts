// KES's own two annotations of a namespace. KES is content when their expression matches any part of a name; here it must
// match all of it, which is what somebody means who writes `/shop/.*`.

import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';
import type { DefinitionContext } from '../recipe.ts';
import type { Findings } from './findings.ts';
import type { WholePattern } from './pattern.ts';
import { LONGEST_PATTERN, readWholePattern } from './pattern.ts';
import { itemsOf, writtenName } from './questions.ts';
import type { KesSpec } from './spec.ts';

export const PERMITTED_ROLES = 'iam.amazonaws.com/permitted';
export const PERMITTED_NAMES = 'externalsecrets.kubernetes-client.io/permitted-key-name';

/** Characters times the size of an expression: some tenths of a second. */
const MOST_COST = 20_000_000;

type Asker = Pick<DefinitionContext, 'namespace' | 'namespaceAnnotations'>;

/** What one annotation says. */
interface Permission {
  /** The annotation, for messages. */
  readonly who: string;
  readonly text: string;
  /** Undefined where it cannot be read; then it permits nothing. */
  readonly pattern: WholePattern | undefined;
}

/** Absent or empty, an annotation permits everything, as in KES. */
function readPermission(asker: Asker, annotation: string): Permission | undefined {
  const { namespace, namespaceAnnotations: all } = asker;
  const text = Object.hasOwn(all, annotation) ? all[annotation] : undefined;
  if (text === undefined || text === '') return undefined;
  const who = `the annotation ${annotation} of namespace ${quoted(namespace)}`;
  return { who, text, pattern: readWholePattern(text) };
}

/** One thing that an annotation must permit: in any of its spellings. */
interface Subject {
  readonly place: Place;
  readonly spellings: readonly [string, ...string[]];
}

function policy(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-POLICY', message, remedy);
}

function unreadable({ who }: Permission): LatchkeyError {
  return policy(
    `${who} cannot be read`,
    `It is one regular expression of RE2, without look-around and back references, of at most ${LONGEST_PATTERN} characters.`,
  );
}

function tooMuch({ who }: Permission): LatchkeyError {
  return policy(
    `${who} is too large an expression for so many names`,
    'Make it, or the definition, smaller.',
  );
}

function notPermitted({ who, text }: Permission, name: string): LatchkeyError {
  return policy(
    `${quoted(name, 200)} is not permitted by ${who}`,
    `It permits what ${quoted(text, 200)} matches as a whole; where a part is meant, begin or end it with .*`,
  );
}

function checkSubjects(permission: Permission, subjects: readonly Subject[], findings: Findings): void {
  const { pattern } = permission;
  const [first] = subjects;
  if (first === undefined) return;
  if (pattern === undefined) {
    findings.refuse(first.place, () => unreadable(permission));
    return;
  }
  let cost = 0;
  for (const { place, spellings } of subjects) {
    cost += spellings.reduce((sum, { length }) => sum + length, 0) * pattern.size;
    if (cost > MOST_COST) {
      findings.refuse(place, () => tooMuch(permission));
      return;
    }
    if (spellings.some((name) => pattern.test(name))) continue;
    findings.refuse(place, () => notPermitted(permission, spellings[0]));
  }
}

/** A parameter's version does not count: it is the name that is permitted. */
function spellingsOf({ backend }: KesSpec, name: string): Subject['spellings'] {
  const isVersioned = backend === 'systemManager' && !name.startsWith('arn:') && name.includes(':');
  return isVersioned ? [name, name.slice(0, name.indexOf(':'))] : [name];
}

/** Reports the role, and every name of every kind of entry, that the namespace's annotations do not permit: LK-POLICY. */
export function checkPermitted(spec: KesSpec, asker: Asker, findings: Findings): void {
  const { roleArn } = spec;
  const roles = readPermission(asker, PERMITTED_ROLES);
  if (roles !== undefined && roleArn !== undefined) {
    checkSubjects(roles, [{ place: roleArn.place, spellings: [roleArn.value] }], findings);
  }
  const names = readPermission(asker, PERMITTED_NAMES);
  if (names === undefined) return;
  const subjects = itemsOf(spec).map((item) => ({
    place: item.place,
    spellings: spellingsOf(spec, writtenName(item)),
  }));
  checkSubjects(names, subjects, findings);
}
