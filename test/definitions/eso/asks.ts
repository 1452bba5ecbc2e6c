// Questions as a line of text, for fixtures.

import type {
  Access,
  Question,
  Reader,
  RoleHop,
  SecretKeyReference,
} from '../../../src/definitions/recipe.ts';
import type { Address } from '../../../src/request/plan.ts';

function keyTitle({ namespace, name, key }: SecretKeyReference): string {
  return `${namespace}/${name}#${key}`;
}

function readerTitle(reader: Reader): string {
  if (reader.kind === 'default') return 'default';
  const owner = reader.clusterStore === undefined ? '' : ` of ClusterSecretStore ${reader.clusterStore}`;
  if (reader.kind === 'service-account') {
    const audiences = reader.audiences === undefined ? '' : ` for ${reader.audiences.join(',')}`;
    return `service account ${reader.namespace}/${reader.name}${audiences}${owner}`;
  }
  const { accessKeyId, secretAccessKey, sessionToken } = reader;
  const keys = [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
  return `keys ${keys.map(keyTitle).join(' ')}${owner}`;
}

function roleTitle({ roleArn, externalId, sessionTags, transitiveTagKeys }: RoleHop): string {
  const tags = sessionTags?.map(({ key, value }) => `${key}=${value}`).join(',');
  const additions = [
    ...(externalId === undefined ? [] : [`external id ${externalId}`]),
    ...(tags === undefined ? [] : [`tags ${tags}`]),
    ...(transitiveTagKeys === undefined ? [] : [`transitive ${transitiveTagKeys.join(',')}`]),
  ];
  return [roleArn, ...additions].join(' with ');
}

function accessTitle({ reader, roles }: Access): string {
  return [readerTitle(reader), ...roles.map(roleTitle)].join(' > ');
}

function addressTitle({ store, region, name, selector, version, stage, find, payload }: Address): string {
  const tags = Object.entries(find?.tags ?? {}).map(([key, value]) => `${key}=${value}`);
  const parts = [
    ...(selector === undefined ? [] : [`:${selector}`]),
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(stage === undefined ? [] : [`stage ${stage}`]),
    ...(find === undefined ? [] : ['find']),
    ...(find?.name === undefined ? [] : [`name ${find.name}`]),
    ...(find?.prefix === undefined ? [] : [`prefix ${find.prefix}`]),
    ...(tags.length === 0 ? [] : [`tags ${tags.join(',')}`]),
    ...(payload === undefined ? [] : [`its ${payload}`]),
  ];
  return [store, region, name, ...parts].filter((part) => part !== '').join(' ');
}

/** @example 'ssm eu-central-1 /shop/db :3 as default > arn:aws:iam::111122223333:role/shop' */
export function questionTitle({ access, address }: Question): string {
  return `${addressTitle(address)} as ${accessTitle(access)}`;
}
