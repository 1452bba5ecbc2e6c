import { isObjectName } from '../../definitions/eso/object-name.ts';
import { LatchkeyError } from '../../errors.ts';
import type { Finding } from '../../manifests/finding.ts';
import type { Surrounding, Surroundings } from '../../manifests/surroundings.ts';
import {
  ADOPTION,
  NAMESPACE_ANNOTATIONS,
  POD_ANNOTATION_FAMILIES,
  POD_ANNOTATIONS,
  PREFIX,
  ROLE_ARN_ANNOTATION,
  SERVICE_ACCOUNT_ANNOTATIONS,
} from '../../names.ts';
import { nearest } from '../../nearest.ts';
import { readNarrowing } from '../../policy/narrowing.ts';
import { quoted } from '../../quote.ts';
import { parseRoleArn } from '../../request/arn.ts';
import { checkRegion } from '../../request/regions.ts';
import { checkPrefix } from '../../request/settle.ts';
import { metadataFindings } from './keys.ts';
import { findingAt } from './problem-at.ts';

type Check = (text: string, annotations: Surrounding['annotations']) => void;

const NAMESPACE_CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['prefix', checkPrefix],
  ['region', (text) => checkRegion(text.trim())],
  ['default-delivery', checkDelivery],
  ['permitted-names', (_, annotations) => checkNarrowing('permitted-names', annotations)],
  ['permitted-roles', (_, annotations) => checkNarrowing('permitted-roles', annotations)],
  ['permitted-deliveries', (_, annotations) => checkNarrowing('permitted-deliveries', annotations)],
  // A label of this name opts a namespace out; as an annotation it is taken too.
  ['injection', () => undefined],
]);

const SERVICE_ACCOUNT_CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['lend-to', checkLendTo],
  ['permitted-deliveries', (_, annotations) => checkNarrowing('permitted-deliveries', annotations)],
]);

/** Everything that is wrong with the Namespaces and ServiceAccounts of the input by themselves. */
export function surroundingFindings({ namespaces, serviceAccounts }: Surroundings): readonly Finding[] {
  return [
    ...namespaces.flatMap((one) => annotationFindings(one, NAMESPACE_ANNOTATIONS, NAMESPACE_CHECKS)),
    ...serviceAccounts.flatMap((one) => [
      ...annotationFindings(one, SERVICE_ACCOUNT_ANNOTATIONS, SERVICE_ACCOUNT_CHECKS),
      ...roleFindings(one),
    ]),
  ];
}

function annotationFindings(
  { object, annotations }: Surrounding,
  known: readonly string[],
  checks: ReadonlyMap<string, Check>,
): readonly Finding[] {
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith(PREFIX));
  const wrong = ours.flatMap(([key, text]) => {
    const name = key.slice(PREFIX.length);
    const check = checks.get(name);
    const error = check === undefined ? unknown(name, known) : thrownBy(() => check(text, annotations));
    if (error === undefined) return [];
    const { code, message, remedy } = error;
    return [
      findingAt(object, ['metadata', 'annotations', key], {
        code,
        place: `annotation ${key}`,
        message,
        remedy,
      }),
    ];
  });
  return [...metadataFindings(object, ['metadata']), ...wrong];
}

function unknown(name: string, known: readonly string[]): LatchkeyError {
  const ofPods: readonly string[] = POD_ANNOTATIONS;
  if (ofPods.includes(name) || POD_ANNOTATION_FAMILIES.some((family) => name.startsWith(family))) {
    const remedy = "Move it to the pod, or to the metadata of a workload's template.";
    return new LatchkeyError('LK-UNKNOWN', 'this annotation belongs to pods', remedy);
  }
  if (PREFIX + name === ADOPTION) {
    const remedy = 'Move it to the labels of the Namespace.';
    return new LatchkeyError('LK-UNKNOWN', 'this is a label, and as an annotation nobody reads it', remedy);
  }
  const near = nearest(name, known);
  const remedy =
    near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${quoted(PREFIX + near)}?`;
  return new LatchkeyError('LK-UNKNOWN', 'this annotation is not known', remedy);
}

function roleFindings({ object, annotations }: Surrounding): readonly Finding[] {
  const role = annotations[ROLE_ARN_ANNOTATION];
  const error = role === undefined ? undefined : thrownBy(() => parseRoleArn(role));
  if (error === undefined) return [];
  const { code, message, remedy } = error;
  const place = `annotation ${ROLE_ARN_ANNOTATION}`;
  return [
    findingAt(object, ['metadata', 'annotations', ROLE_ARN_ANNOTATION], { code, place, message, remedy }),
  ];
}

function checkDelivery(text: string): void {
  const known = ['secret', 'memory', 'plaintext'];
  if (known.includes(text.trim())) return;
  const near = nearest(text.trim(), known);
  const remedy = near === undefined ? `Valid is ${known.join(', ')}.` : `Did you mean ${quoted(near)}?`;
  throw new LatchkeyError('LK-UNKNOWN', `${quoted(text)} is no delivery`, remedy);
}

const BORROWERS = ['ExternalSecret', 'SecretStore', 'ClusterSecretStore'];

function checkLendTo(text: string): void {
  const entries = text.split(/[,\n]/).map((entry) => entry.trim());
  for (const entry of entries.filter((each) => each !== '')) {
    const [kind = '', name = '', ...rest] = entry.split('/');
    if (BORROWERS.includes(kind) && isObjectName(name) && rest.length === 0) continue;
    const near = nearest(kind, BORROWERS);
    const remedy =
      near === undefined || near === kind
        ? `An entry is KIND/NAME; a kind is ${BORROWERS.join(', ')}.`
        : `Did you mean ${quoted(`${near}/${name}`)}?`;
    throw new LatchkeyError('LK-SYNTAX', `${quoted(entry)} names nobody that may borrow`, remedy);
  }
}

function checkNarrowing(
  name: Parameters<typeof readNarrowing>[1],
  annotations: Surrounding['annotations'],
): void {
  const reason = readNarrowing(annotations, name, '')?.unreadable;
  if (reason === undefined) return;
  throw new LatchkeyError('LK-SYNTAX', reason, 'Correct it: as it stands, it permits nothing.');
}

function thrownBy(check: () => unknown): LatchkeyError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
}
