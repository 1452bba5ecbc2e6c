import { randomBytes } from 'node:crypto';

import { systemClock } from '../../clock.ts';
import type { FlagValues } from '../../config/flags.ts';
import { readKeyFile } from '../../config/key-file.ts';
import { endpointUrl } from '../../config/serve-config.ts';
import { UsageError } from '../../config/usage-error.ts';
import { readNamedFile } from '../../manifests/read-named-file.ts';
import { readPolicyFile } from '../../manifests/read-policy-file.ts';
import { surroundingsOf } from '../../manifests/surroundings.ts';
import { createFileStore } from '../../stores/file.ts';
import { createResolver, type Resolver } from '../../stores/resolver.ts';
import { parseStoreFile } from '../../stores/store-file.ts';
import type { Environment } from '../command.ts';
import type { LiveManifests } from './live-manifests.ts';
import { noStores } from './no-stores.ts';
import { openSealed } from './open-sealed.ts';
import type { RenderFormat } from './print-rendered.ts';
import type { RenderOptions } from './render-pod.ts';
import { createRunningSiblings, type Running } from './running-siblings.ts';

/** @throws UsageError where a manifest would hold `[redacted]` in the place of a value */
export function formatOf(values: FlagValues<'render'>): RenderFormat {
  const format = values.output ?? (values.live === undefined ? 'yaml' : 'manifest');
  const source = values['private-key'].length > 0 ? '--private-key' : '--store-file';
  const hasValues = values['store-file'] !== undefined || values['private-key'].length > 0;
  if (format === 'manifest' && hasValues && !values['show-values']) {
    throw new UsageError([
      `with ${source}, a manifest to apply holds the values: add --show-values, or another --output`,
    ]);
  }
  return format;
}

/** Stands in the name of a Secret that is to be applied, in the place of the revision that only the cluster knows. */
const BY_HAND = 'by-hand';

/**
 * What the flags and the input say of the webhook that is played.
 * @throws UsageError, LatchkeyError LK-CONFIG
 */
export async function renderOptions(
  values: FlagValues<'render'>,
  env: Environment,
  { objects, running }: LiveManifests,
): Promise<RenderOptions> {
  const endpoint = endpointUrl(values['aws-endpoint-url'], env);
  if (endpoint.problems.length > 0) throw new UsageError(endpoint.problems);
  const [policy, key, unsealing, stores] = await Promise.all([
    readPolicyFile(values['policy-file']),
    values['key-file'] === undefined ? undefined : readKeyFile(values['key-file']),
    openSealed(values['private-key'], values['allow-cluster-wide']),
    values['store-file'] === undefined ? undefined : openStoreFile(values['store-file']),
  ]);
  const resolver = stores === undefined ? undefined : unsealing(stores);
  const forApplying = formatOf(values) === 'manifest';
  const revision = values.revision ?? (forApplying ? BY_HAND : undefined);
  return {
    forApplying,
    // `serve --store-file` needs no role either; with one, the file stands for what AWS would answer to it.
    asAws: resolver === undefined || values['role-arn'] !== undefined,
    ...optional('resolver', resolver),
    ...(values['private-key'].length === 0 ? {} : { ofSealed: unsealing(noStores) }),
    ...(forApplying ? applying(resolver ?? unsealing(noStores), running) : {}),
    ...optional('installationKey', key?.reveal()),
    config: {
      identity: 'pod',
      defaultDelivery: values['default-delivery'],
      skipContainers: values['skip-containers'],
      plaintextAllowed: values['allow-plaintext'],
      tokenAudiences: values['token-audiences'],
      fetchImage: values['fetch-image'],
      fetchResources: values['fetch-resources'],
      fetchDeadlineSeconds: Math.ceil(values['fetch-deadline'] / 1000),
      cacheTtlMs: 0,
      ...optional('region', values.region),
      ...optional('clusterName', values['cluster-name']),
      ...optional('awsEndpointUrl', endpoint.url),
    },
    surroundings: surroundingsOf(objects, values.namespace),
    facts: {
      ...optional('roleArn', values['role-arn']),
      ...optional('serviceAccountUid', values['service-account-uid']),
      ...optional('ownerUid', values['owner-uid']),
      ...optional('revision', revision),
    },
    showValues: values['show-values'],
    clock: systemClock,
    ...optional('policy', policy),
  };
}

/**
 * For a manifest that is to be applied: values come from the store file or by a running pod's Secret, never from AWS, so it
 * takes no role. A Secret that is made has a name that nobody can predict, also where the installation's key is not given.
 */
function applying(resolver: Resolver, running: Running | undefined) {
  return {
    asAws: false,
    installationKey: randomBytes(32),
    resolver,
    ...(running === undefined ? {} : { siblings: createRunningSiblings(running) }),
  };
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}

/** @throws UsageError, LatchkeyError LK-CONFIG */
async function openStoreFile(file: string): Promise<Resolver> {
  const store = createFileStore(parseStoreFile(await readNamedFile(file), file));
  return createResolver({ stores: { ssm: store, secretsmanager: store }, clock: systemClock, cacheTtlMs: 0 });
}
