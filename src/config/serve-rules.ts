import { isDnsSubdomain } from '../kubernetes/object-names.ts';
import { FORBIDDEN_AUDIENCE } from '../names.ts';
import type { FlagValues } from './flags.ts';
import { isClusterName, isSecretType } from './name-patterns.ts';

type Values = Partial<FlagValues<'serve'>>;

interface Circumstances {
  readonly given: ReadonlySet<string>;
  /** A pod's environment names the API server. */
  readonly inCluster: boolean;
}

interface Rule {
  readonly broken: (values: Values, circumstances: Circumstances) => boolean;
  readonly problem: string;
}

const IMAGE = /^[^\s\p{Cc}]{1,512}$/u;
const LISTS = ['namespaces', 'cluster-stores', 'sealing-key-namespaces'] as const;
const ADOPTION_ONLY = [
  'namespaces',
  'cluster-stores',
  'adopt-wait',
  'allow-static-keys',
  'allow-secret-types',
] as const;

/** Rules across flags. A flag that could not be read breaks none: its own problem is reported already. */
const RULES: readonly Rule[] = [
  {
    broken: (_, { given }) => !given.has('tls-secret') && !(given.has('tls-cert') && given.has('tls-key')),
    problem: '--tls-cert and --tls-key are needed; `latchkey certs` makes a pair for trying out',
  },
  {
    broken: (_, { given }) => given.has('tls-secret') && (given.has('tls-cert') || given.has('tls-key')),
    problem: '--tls-secret and --tls-cert with --tls-key exclude each other',
  },
  {
    broken: (v, { given }) => given.has('tls-secret') && v['no-kubernetes'] === true,
    problem: '--tls-secret is read from the API server, which --no-kubernetes rules out',
  },
  {
    broken: (v, { given }) => v['no-kubernetes'] === true && given.has('kubeconfig'),
    problem: '--kubeconfig and --no-kubernetes exclude each other',
  },
  {
    broken: (v, { given, inCluster }) =>
      given.has('store-file') && inCluster && v['insecure-store-file'] === false,
    problem:
      '--store-file inside a cluster answers every pod alike, without asking who it is: add --insecure-store-file if that is meant',
  },
  {
    broken: (v, { given }) => v['allow-plaintext'] === true && !given.has('caller-auth'),
    problem:
      '--allow-plaintext puts values into answers, so it needs --caller-auth=client-cert, or --caller-auth=network where a NetworkPolicy lets only the control plane in',
  },
  {
    broken: (v) => v['default-delivery'] === 'plaintext' && v['allow-plaintext'] === false,
    problem: '--default-delivery=plaintext needs --allow-plaintext',
  },
  {
    broken: (v, { given }) => v['caller-auth'] === 'client-cert' && !given.has('client-ca'),
    problem: '--caller-auth=client-cert needs --client-ca',
  },
  {
    broken: (v, { given }) => v['caller-auth'] !== 'client-cert' && given.has('client-ca'),
    problem: '--client-ca is used only with --caller-auth=client-cert',
  },
  {
    broken: (v, { given }) =>
      v['default-delivery'] === 'secret' && v['no-kubernetes'] === false && !given.has('key-file'),
    problem:
      '--key-file is needed for secret delivery: `head -c 32 /dev/urandom` makes one, the same for all replicas; or set --default-delivery=memory',
  },
  {
    broken: (v, { given }) => v['identity'] === 'controller' && !given.has('policy-file'),
    problem: '--identity=controller reads only what a policy allows, so it needs --policy-file',
  },
  {
    broken: (v) => v['token-audiences']?.length === 0,
    problem: '--token-audiences needs at least one: a token without audience is good for the API server',
  },
  {
    broken: (v) => v['token-audiences']?.includes(FORBIDDEN_AUDIENCE) === true,
    problem: `--token-audiences: ${FORBIDDEN_AUDIENCE} is the one that must always be refused`,
  },
  {
    broken: (v) => v['fetch-image'] !== undefined && !IMAGE.test(v['fetch-image']),
    problem: '--fetch-image: expected an image name without white space',
  },
  {
    broken: (v) => v['cluster-name'] !== undefined && !isClusterName(v['cluster-name']),
    problem: '--cluster-name: expected up to 100 letters, digits, dots, dashes and underscores',
  },
  {
    broken: (v, { given }) =>
      v['adoption'] === true && (v['no-kubernetes'] === true || !given.has('key-file')),
    problem: '--adoption needs a cluster and --key-file: it proves by that key what it made',
  },
  ...ADOPTION_ONLY.map((flag) => ({
    broken: (v: Values, { given }: Circumstances) => v['adoption'] === false && given.has(flag),
    problem: `--${flag} is used only with --adoption`,
  })),
  ...LISTS.map((flag) => ({
    broken: (v: Values) => v[flag]?.some((name) => !isDnsSubdomain(name)) === true,
    problem: `--${flag}: expected names of Kubernetes objects`,
  })),
  {
    broken: (v) => v['no-kubernetes'] === true && (v['sealing-key-namespaces']?.length ?? 0) > 0,
    problem: '--sealing-key-namespaces needs a cluster: the keys are Secrets',
  },
  {
    broken: (v) => v['allow-cluster-wide'] === true && v['sealing-key-namespaces']?.length === 0,
    problem: '--allow-cluster-wide is used only with --sealing-key-namespaces',
  },
  {
    broken: (v) => v['allow-secret-types']?.every(isSecretType) === false,
    problem: '--allow-secret-types: expected types of Secrets, as in kubernetes.io/service-account-token',
  },
  { broken: sharePort, problem: '--listen and --health-listen are the same address' },
];

/** The problems of flags that are each fine by themselves. */
export function serveRules(values: Values, circumstances: Circumstances): readonly string[] {
  return RULES.filter((rule) => rule.broken(values, circumstances)).map((rule) => rule.problem);
}

function sharePort(values: Values): boolean {
  const listen = values['listen'];
  const health = values['health-listen'];
  return (
    listen !== undefined && listen.port !== 0 && listen.port === health?.port && listen.host === health.host
  );
}
