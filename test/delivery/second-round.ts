// What happens to a pod between two reviews of it: the API server encodes it again, and other plugins have been at it.

type Json = Record<string, unknown>;

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

const SERVICE_ACCOUNT_MOUNT = {
  name: 'kube-api-access-x',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};
const IDENTITY_MOUNT = {
  name: 'aws-iam-token',
  mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
  readOnly: true,
};
const IDENTITY_ENV = [
  { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
  { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/other' },
];

/**
 * A copy of a pod as a second review sees it: defaults filled in, quantities in canonical form, empty texts left out,
 * token mounts (ServiceAccount admission), resources (LimitRanger), variables, a volume and mounts before all others
 * (pod-identity-webhook), a sidecar and an init container of another webhook.
 */
export function secondRound(pod: object): unknown {
  const copy: unknown = structuredClone(pod);
  if (!isJson(copy) || !isJson(copy['spec'])) return copy;
  const { spec } = copy;
  const containers = records(spec['containers']);
  const inits = records(spec['initContainers']);
  for (const container of [...containers, ...inits]) age(container);
  for (const volume of records(spec['volumes'])) ageVolume(volume);
  spec['volumes'] = [{ name: 'aws-iam-token', projected: { sources: [] } }, ...records(spec['volumes'])];
  spec['containers'] = [...containers, { name: 'added-sidecar', image: 'sidecar' }];
  spec['initContainers'] = [{ name: 'added-init', image: 'sidecar', restartPolicy: 'Always' }, ...inits];
  return copy;
}

function age(container: Json): void {
  const env = records(container['env']).map(({ name, value, ...rest }) =>
    value === '' || value === undefined ? { name, ...rest } : { name, value, ...rest },
  );
  const names = new Set(env.map(({ name }) => name));
  container['env'] = [...IDENTITY_ENV.filter(({ name }) => !names.has(name)), ...env];
  const mounts = records(container['volumeMounts']);
  container['volumeMounts'] = [IDENTITY_MOUNT, ...mounts, SERVICE_ACCOUNT_MOUNT];
  container['resources'] = limited(container['resources']);
  container['terminationMessagePath'] = '/dev/termination-log';
  container['terminationMessagePolicy'] = 'File';
  container['imagePullPolicy'] = 'IfNotPresent';
}

function limited(resources: unknown): Json {
  const given = isJson(resources) ? resources : {};
  const limits = isJson(given['limits']) ? given['limits'] : {};
  const cpu = limits['cpu'] === '50m' ? '0.05' : limits['cpu'];
  const memory = limits['memory'] === '96Mi' ? '98304Ki' : limits['memory'];
  return {
    ...given,
    limits: {
      ...limits,
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
      'ephemeral-storage': '1Gi',
    },
  };
}

function ageVolume(volume: Json): void {
  for (const source of ['secret', 'projected', 'configMap']) {
    const part = volume[source];
    if (isJson(part)) volume[source] = { defaultMode: 420, ...part };
  }
}
