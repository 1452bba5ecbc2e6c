// KES's own two annotations of a namespace. KES matches their expressions anywhere in the text; here they must match all of
// it, as the people who write `/shop/.*` mean it.

import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { DefinitionContext } from '../recipe.ts';
import type { Findings } from './findings.ts';
import { itemsOf, writtenName } from './questions.ts';
import { compileWhole } from './pattern.ts';
import type { Matches } from './pattern.ts';
import type { KesSpec } from './spec.ts';

export const PERMITTED_ROLES = 'iam.amazonaws.com/permitted';
export const PERMITTED_NAMES = 'externalsecrets.kubernetes-client.io/permitted-key-name';

/** One annotation cannot make a review expensive. */
const MAX_ANNOTATION_LENGTH = 4 * 1024;

type Asker = Pick<DefinitionContext, 'namespace' | 'namespaceAnnotations'>;

/** What an annotation says; absent or empty, it permits everything, as in KES. */
interface Permission {
  readonly annotation: string;
  readonly text: string;
  /** Undefined where it cannot be read; then it permits nothing. */
  readonly matches: Matches | undefined;
}

function readPermission({ namespaceAnnotations }: Asker, annotation: string): Permission | undefined {
  const text = Object.hasOwn(namespaceAnnotations, annotation) ? namespaceAnnotations[annotation] : undefined;
  if (text === undefined || text === '') return undefined;
  const matches = text.length > MAX_ANNOTATION_LENGTH ? undefined : compileWhole(text);
  return { annotation, text, matches };
}

function refusal(permission: Permission, namespace: string, asked: string): LatchkeyError {
  const who = `the annotation ${permission.annotation} of namespace ${quoted(namespace)}`;
  return permission.matches === undefined
    ? new LatchkeyError(
        'LK-POLICY',
        `${who} cannot be read`,
        'It is one regular expression of RE2: without (?=…), (?!…), (?<…) and \\1, at most 4 KiB.',
      )
    : new LatchkeyError(
        'LK-POLICY',
        `${quoted(asked, 200)} is not permitted by ${who}`,
        `It permits what ${quoted(permission.text, 200)} matches as a whole; begin or end the expression with .* to match a part.`,
      );
}

/** A parameter's version does not count: the name is what is permitted. */
function spellings(spec: KesSpec, name: string): readonly string[] {
  if (spec.backend !== 'systemManager' || name.startsWith('arn:')) return [name];
  return [name, name.replace(/:.*$/s, '')];
}

/** Reports the role and every name that the namespace's annotations do not permit. */
export function checkPermitted(spec: KesSpec, asker: Asker, findings: Findings): void {
  const roles = readPermission(asker, PERMITTED_ROLES);
  const { roleArn } = spec;
  if (roles !== undefined && roleArn !== undefined && roles.matches?.(roleArn.value) !== true) {
    findings.refuse(roleArn.place, () => refusal(roles, asker.namespace, roleArn.value));
  }
  const names = readPermission(asker, PERMITTED_NAMES);
  if (names === undefined) return;
  for (const item of itemsOf(spec)) {
    const name = writtenName(item);
    if (names.matches !== undefined && spellings(spec, name).some(names.matches)) continue;
    findings.refuse(item.place, () => refusal(names, asker.namespace, name));
  }
}
