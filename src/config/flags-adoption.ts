import type { Flag } from './flags.ts';

const SERVE = ['serve'] as const;
const SERVE_AND_CONTROLLER = ['serve', 'controller'] as const;
const CONTROLLER = ['controller'] as const;

/** What concerns definitions that people already have. */
export const ADOPTION_FLAGS = [
  {
    name: 'adoption',
    kind: 'boolean',
    commands: SERVE,
    help: 'in namespaces that are labelled so, make the Secrets that ExternalSecrets describe before pods need them',
  },
  {
    name: 'adopt-wait',
    kind: 'duration',
    commands: SERVE,
    default: '2s',
    max: 5_000,
    help: 'how long the first pod of a revision waits for a definition that does not exist yet',
  },
  {
    name: 'namespaces',
    kind: 'list',
    commands: SERVE,
    argument: 'NAMES',
    multiple: true,
    help: 'follow definitions in these namespaces only (default: all)',
  },
  {
    name: 'sealing-key-namespaces',
    kind: 'list',
    commands: SERVE_AND_CONTROLLER,
    argument: 'NAMES',
    multiple: true,
    help: 'namespaces of the keys that open SealedSecrets and sealed: references, kube-system for most',
  },
  {
    name: 'allow-cluster-wide',
    kind: 'boolean',
    commands: ['serve', 'render'],
    help: 'open sealed: references that were sealed for the whole cluster',
  },
  {
    name: 'cluster-stores',
    kind: 'list',
    commands: SERVE_AND_CONTROLLER,
    argument: 'NAMES',
    multiple: true,
    help: 'ClusterSecretStores whose service account or keys may be in another namespace',
  },
  {
    name: 'allow-static-keys',
    kind: 'boolean',
    commands: SERVE_AND_CONTROLLER,
    help: 'allow stores that bring AWS keys of their own',
  },
  {
    name: 'allow-secret-types',
    kind: 'list',
    commands: ['serve', 'controller', 'lint'],
    argument: 'TYPES',
    multiple: true,
    help: 'types of adopted Secrets beyond the six harmless ones; two of Kubernetes mint credentials',
  },
  {
    name: 'materialize',
    kind: 'boolean',
    commands: CONTROLLER,
    help: 'make and keep the Secrets of definitions that are marked so, or whose namespaces are, without any pod',
  },
  {
    name: 'materialize-every',
    kind: 'duration',
    commands: CONTROLLER,
    default: '1h',
    min: 10_000,
    max: 720 * 3_600_000,
    help: 'how often definitions are read anew that do not say how often',
  },
] as const satisfies readonly Flag[];
