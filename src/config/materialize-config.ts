import { isDnsSubdomain } from '../kubernetes/object-names.ts';
import { FORBIDDEN_AUDIENCE } from '../names.ts';
import type { Environment } from '../commands/command.ts';
import type { AdoptionConfig, Config } from './config.ts';
import type { FlagValues } from './flags.ts';
import { isClusterName, isSecretType } from './name-patterns.ts';
import type { ParsedFlags } from './parse-flags.ts';
import { readProxy } from './proxy.ts';
import { endpointUrl } from './serve-config.ts';

/** How definitions are carried out without pods: as `serve` does it, but for what pods bring. */
export interface MaterializeConfig
  extends
    Omit<AdoptionConfig, 'waitMs'>,
    Pick<Config, 'identity' | 'policyFile' | 'region' | 'clusterName' | 'tokenAudiences'>,
    Pick<Config, 'awsEndpointUrl' | 'proxy' | 'cacheTtlMs' | 'sealing'> {
  /** How often those are carried out that do not say. */
  readonly everyMs: number;
  /** Never in these. */
  readonly excluded: readonly string[];
}

type Values = FlagValues<'controller'>;

/** Flags that mean nothing without --materialize. */
const MATERIALIZE_ONLY = [
  ...(['materialize-every', 'sealing-key-namespaces', 'cluster-stores', 'allow-static-keys'] as const),
  ...(['allow-secret-types', 'identity', 'policy-file', 'region', 'cluster-name'] as const),
  ...(['token-audiences', 'aws-endpoint-url'] as const),
];
const LISTS = ['sealing-key-namespaces', 'cluster-stores'] as const;

/** What is wrong with the flags of --materialize and with what the environment adds to them. */
export function materializeProblems(
  values: Partial<Values>,
  { given, typed }: Pick<ParsedFlags<'controller'>, 'given' | 'typed'>,
  env: Environment,
): readonly string[] {
  if (values['materialize'] !== true) {
    return MATERIALIZE_ONLY.filter((flag) => typed.has(flag)).map(
      (flag) => `--${flag} is used only with --materialize`,
    );
  }
  const audiences = values['token-audiences'];
  const broken: readonly (readonly [boolean, string])[] = [
    [
      values['identity'] === 'controller' && !given.has('policy-file'),
      '--identity=controller reads only what a policy allows, so it needs --policy-file',
    ],
    [
      audiences?.length === 0,
      '--token-audiences needs at least one: a token without audience is good for the API server',
    ],
    [
      audiences?.includes(FORBIDDEN_AUDIENCE) === true,
      `--token-audiences: ${FORBIDDEN_AUDIENCE} is the one that must always be refused`,
    ],
    [
      values['cluster-name'] !== undefined && !isClusterName(values['cluster-name']),
      '--cluster-name: expected up to 100 letters, digits, dots, dashes and underscores',
    ],
    [
      values['allow-secret-types']?.every(isSecretType) === false,
      '--allow-secret-types: expected types of Secrets, as in kubernetes.io/service-account-token',
    ],
    ...LISTS.map(
      (flag) =>
        [
          values[flag]?.every(isDnsSubdomain) === false,
          `--${flag}: expected names of Kubernetes objects`,
        ] as const,
    ),
  ];
  return [
    ...broken.filter(([isBroken]) => isBroken).map(([, problem]) => problem),
    ...endpointUrl(values['aws-endpoint-url'], env).problems,
    ...readProxy(env).problems,
  ];
}

/** Undefined without --materialize. */
export function materializeOf(values: Values, env: Environment): MaterializeConfig | undefined {
  if (!values['materialize']) return undefined;
  const { namespaces, region, identity, 'policy-file': policyFile, 'cluster-name': clusterName } = values;
  const { url: awsEndpointUrl } = endpointUrl(values['aws-endpoint-url'], env);
  const { proxy } = readProxy(env);
  const keyNamespaces = values['sealing-key-namespaces'];
  return {
    everyMs: values['materialize-every'],
    excluded: values['excluded-namespaces'],
    clusterStores: values['cluster-stores'],
    staticKeysAllowed: values['allow-static-keys'],
    allowedSecretTypes: values['allow-secret-types'],
    identity,
    tokenAudiences: values['token-audiences'],
    cacheTtlMs: values['cache-ttl'],
    ...(namespaces.length === 0 ? {} : { namespaces }),
    ...(policyFile === undefined ? {} : { policyFile }),
    ...(region === undefined ? {} : { region }),
    ...(clusterName === undefined ? {} : { clusterName }),
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
    ...(proxy === undefined ? {} : { proxy }),
    // References in annotations are none of the controller's.
    ...(keyNamespaces.length === 0 ? {} : { sealing: { keyNamespaces, clusterWideAllowed: false } }),
  };
}
