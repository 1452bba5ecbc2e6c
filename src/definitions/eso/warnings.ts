import { parseRoleArn, placeholderWarning } from '../../request/arn.ts';
import type { AskingEntry } from './compose.ts';
import type { ExternalSecretSpec } from './external-secret.ts';
import type { SettledStore } from './settle-store.ts';

function entryWarnings({ entry, question }: AskingEntry): readonly string[] {
  if (entry.kind !== 'find' || question.address.store !== 'ssm') return [];
  if (entry.find.name === undefined || entry.find.tags === undefined) return [];
  return [
    `${entry.place.label}.find: with name, External Secrets Operator does not look at the tags of parameters, and neither does Latchkey`,
  ];
}

function roleWarnings({ store }: SettledStore): readonly string[] {
  const roles = [...store.additionalRoles, ...(store.role === undefined ? [] : [store.role])];
  return roles.flatMap(({ roleArn, place }) => {
    const warning = placeholderWarning(parseRoleArn(roleArn));
    return warning === undefined ? [] : [`${place.label}: ${warning}`];
  });
}

/** What might surprise, though nothing is wrong. */
export function warningsOf(
  spec: ExternalSecretSpec,
  stores: readonly SettledStore[],
  entries: readonly AskingEntry[],
  subject: string,
): readonly string[] {
  const merging =
    spec.creation === 'CreateOrMerge'
      ? [`${subject}, spec.target.creationPolicy: a Secret that is there already gets no keys from Latchkey`]
      : [];
  const regions = stores
    .filter(({ store }) => store.region === undefined)
    .map(({ store, region }) => `${store.kind} ${store.name}: it names no region; ${region} is taken`);
  return [...merging, ...regions, ...stores.flatMap(roleWarnings), ...entries.flatMap(entryWarnings)];
}
