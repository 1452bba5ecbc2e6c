import type { Problem } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { quoted } from '../../quote.ts';
import { parseRoleArn } from '../../request/arn.ts';
import type { StoreName } from '../../request/plan.ts';
import { checkRegion } from '../../request/regions.ts';
import { STORE_KINDS } from './external-secret.ts';
import { readHead } from './manifest-head.ts';
import type { Head } from './manifest-head.ts';
import type { ObjectReader } from './object-reader.ts';
import { readAuth } from './read-auth.ts';
import { readConditions } from './read-conditions.ts';
import { TAG_POLICIES } from './store.ts';
import type { EsoStore, SessionTag, StoreRole } from './store.ts';
import { PROVIDER, STORE_FIELDS } from './store-fields.ts';

export type ReadStore =
  | { readonly kind: 'store'; readonly store: EsoStore }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

const SERVICES: ReadonlyMap<string, StoreName> = new Map([
  ['SecretsManager', 'secretsmanager'],
  ['ParameterStore', 'ssm'],
]);

/** STS takes at most fifty session tags; a chain of more roles than this has a mistake in it. */
const MOST_ROLES = 10;

function readService(aws: ObjectReader): StoreName {
  const written = aws.required('service', `Known: ${[...SERVICES.keys()].join(', ')}.`);
  const service = SERVICES.get(written ?? '');
  if (written !== undefined && service === undefined) {
    const known = [...SERVICES.keys()];
    aws.note('service', {
      message: `${quoted(written)} is not read`,
      remedy: `Latchkey reads ${known.join(' and ')}; keep External Secrets Operator for this store.${didYouMean(written, known)}`,
    });
  }
  return service ?? 'secretsmanager';
}

function readTags(readers: readonly ObjectReader[]): readonly SessionTag[] {
  return readers.flatMap((reader) => {
    const key = reader.required('key', 'Name the tag.');
    const value = reader.text('value') ?? '';
    return key === undefined ? [] : [{ key, value }];
  });
}

function readRoles(aws: ObjectReader, { notes }: Head<string>): Pick<EsoStore, 'additionalRoles' | 'role'> {
  const role = aws.text('role') ?? '';
  const additional = aws.texts('additionalRoles');
  const roleAt = (roleArn: string, name: string): StoreRole => {
    const place = aws.place(name);
    notes.attempt(place, () => parseRoleArn(roleArn));
    return { roleArn, place };
  };
  if (additional.length > MOST_ROLES) {
    const message = `there are ${additional.length} roles`;
    aws.note('additionalRoles', { code: 'LK-LIMIT', message, remedy: `Write at most ${MOST_ROLES}.` });
    return { additionalRoles: [] };
  }
  return {
    additionalRoles: additional.map((arn, index) => roleAt(arn, `additionalRoles[${index}]`)),
    ...(role === '' ? {} : { role: roleAt(role, 'role') }),
  };
}

function readAws(aws: ObjectReader, head: Head<(typeof STORE_KINDS)[number]>): EsoStore {
  const region = aws.text('region') ?? '';
  if (region !== '') head.notes.attempt(aws.place('region'), () => checkRegion(region));
  const externalId = aws.text('externalID') ?? '';
  return {
    kind: head.kind,
    name: head.name,
    apiVersion: head.apiVersion,
    ...(head.kind === 'ClusterSecretStore' || head.namespace === undefined
      ? {}
      : { namespace: head.namespace }),
    service: readService(aws),
    ...(region === '' ? {} : { region }),
    prefix: aws.text('prefix') ?? '',
    auth: readAuth(aws),
    ...readRoles(aws, head),
    ...(externalId === '' ? {} : { externalId }),
    sessionTags: readTags(aws.objects('sessionTags')),
    transitiveTagKeys: aws.texts('transitiveTagKeys'),
    tagPolicy: aws.choice('sessionTagsPolicy', TAG_POLICIES, 'None'),
    customSessionTags: [...aws.textMap('customSessionTags')].map(([key, value]) => ({ key, value })),
    // A SecretStore serves its own namespace; conditions have no meaning there.
    conditions: head.kind === 'ClusterSecretStore' ? readConditions(head.spec) : [],
  };
}

/**
 * Reads a SecretStore or ClusterSecretStore of External Secrets Operator, v1 or v1beta1.
 *
 * @returns what it says, with defaults filled in; or everything that is wrong, each with its field and the remedy
 */
export function readStore(object: unknown): ReadStore {
  const reading = readHead(object, STORE_KINDS, STORE_FIELDS);
  if (reading.kind === 'problems') return reading;
  const { head } = reading;
  const aws = head.spec.object('provider')?.object(PROVIDER);
  if (aws === undefined) {
    const remedy = `Write spec.provider.${PROVIDER}: it is the provider that Latchkey reads.`;
    const place = head.notes.place('spec.provider');
    return { kind: 'problems', problems: head.notes.failed(place, { message: 'it names no AWS', remedy }) };
  }
  const store = readAws(aws, head);
  const problems = head.notes.problems();
  return problems === undefined ? { kind: 'store', store } : { kind: 'problems', problems };
}
