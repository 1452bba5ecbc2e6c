import type { Flag } from './flags.ts';
import { VERSION } from '../version.ts';

const SERVE_AND_RENDER = ['serve', 'render'] as const;
/** What the controller needs as well, to carry out definitions. */
const AND_CONTROLLER = [...SERVE_AND_RENDER, 'controller'] as const;
/** `lint` plans pods too, so it takes what a plan depends on. */
const PLANNING = ['serve', 'render', 'lint'] as const;
const PLANNING_AND_CONTROLLER = [...PLANNING, 'controller'] as const;
/** `migrate` plans what it makes. */
const PLANNING_AND_MIGRATE = [...PLANNING, 'migrate'] as const;

/** What decides how a pod is patched: `render` shows what `serve` would do, so it takes these too. */
export const DELIVERY_FLAGS = [
  {
    name: 'store-file',
    kind: 'path',
    commands: SERVE_AND_RENDER,
    help: 'YAML file that answers for every store instead of AWS, for trying out and tests',
  },
  {
    name: 'key-file',
    kind: 'path',
    commands: SERVE_AND_RENDER,
    help: "the installation's key, at least 32 random bytes; without it secret delivery is refused",
  },
  {
    name: 'allow-plaintext',
    kind: 'boolean',
    commands: SERVE_AND_RENDER,
    help: 'allow delivery into the pod spec; needs --caller-auth',
  },
  {
    name: 'cluster-name',
    kind: 'text',
    commands: AND_CONTROLLER,
    argument: 'NAME',
    help: 'appears in the session names that CloudTrail shows',
  },
  {
    name: 'aws-endpoint-url',
    kind: 'url',
    commands: AND_CONTROLLER,
    help: 'send every AWS call there, for emulators (default: $AWS_ENDPOINT_URL)',
  },
  {
    name: 'fetch-image',
    kind: 'text',
    commands: SERVE_AND_RENDER,
    argument: 'IMAGE',
    default: `latchkey:${VERSION}`,
    help: 'image of the init container',
  },
  {
    name: 'fetch-resources',
    kind: 'resources',
    commands: SERVE_AND_RENDER,
    default: 'cpu=50m,memory=96Mi',
    help: 'CPU and memory of the init container, requests equal to limits',
  },
  {
    name: 'fetch-deadline',
    kind: 'duration',
    commands: SERVE_AND_RENDER,
    default: '5m',
    min: 1000,
    max: 3_600_000,
    help: 'how long the init container keeps trying before it fails',
  },
  {
    name: 'token-audiences',
    kind: 'list',
    commands: AND_CONTROLLER,
    argument: 'AUDIENCES',
    default: 'sts.amazonaws.com',
    help: 'audiences that a service account may ask tokens for',
  },
  {
    name: 'default-delivery',
    kind: 'choice',
    choices: ['secret', 'memory', 'plaintext'],
    commands: PLANNING_AND_MIGRATE,
    default: 'secret',
    help: 'delivery of pods that name none',
  },
  {
    name: 'region',
    kind: 'region',
    commands: PLANNING_AND_CONTROLLER,
    help: 'AWS region of references that name none',
  },
  {
    name: 'skip-containers',
    kind: 'list',
    commands: PLANNING_AND_MIGRATE,
    argument: 'NAMES',
    default:
      'istio-proxy,istio-init,istio-validation,linkerd-proxy,linkerd-init,linkerd-network-validator,vault-agent,vault-agent-init',
    help: 'containers that get nothing unless a pod names them; empty for none',
  },
  {
    name: 'policy-file',
    kind: 'path',
    commands: PLANNING_AND_CONTROLLER,
    help: 'YAML file that limits who may read what, how',
  },
] as const satisfies readonly Flag[];
