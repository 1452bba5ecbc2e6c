import type { Flag } from './flags.ts';
import { LOG_LEVELS } from '../telemetry/log-levels.ts';
import { VERSION } from '../version.ts';

const SERVE = ['serve'] as const;
/** `render` shows what `serve` would do, so it takes what decides that. */
const SERVE_AND_RENDER = ['serve', 'render'] as const;
/** What decides a plan and whether it is permitted, `lint` takes too. */
const PLANNING = ['serve', 'render', 'lint'] as const;

export const SERVE_FLAGS = [
  { name: 'listen', kind: 'address', commands: SERVE, default: '0.0.0.0:8443', help: 'where the webhook listens (TLS)' },
  { name: 'health-listen', kind: 'address', commands: SERVE, default: '0.0.0.0:9090', help: 'where /healthz, /readyz and /metrics listen (plain HTTP)' },
  { name: 'tls-cert', kind: 'path', commands: SERVE, help: 'PEM file with the serving certificate and its chain; reloaded when it changes' },
  { name: 'tls-key', kind: 'path', commands: SERVE, help: "PEM file with the certificate's private key; reloaded when it changes" },
  { name: 'tls-secret', kind: 'later', commands: SERVE, argument: 'NS/NAME', help: 'Secret with the serving certificate' },
  { name: 'client-ca', kind: 'path', commands: SERVE, help: 'PEM file with the CAs of the callers; with --caller-auth=client-cert' },
  { name: 'caller-auth', kind: 'choice', choices: ['client-cert', 'network'], commands: SERVE, help: 'how callers are known: a client certificate, or a NetworkPolicy that lets only the control plane in' },
  { name: 'kubeconfig', kind: 'path', commands: SERVE, help: 'kubeconfig file (default: in-cluster, then the usual rules)' },
  { name: 'no-kubernetes', kind: 'boolean', commands: SERVE, help: 'ask no API server, for trying out with memory delivery; node and readiness checks are skipped' },
  { name: 'store-file', kind: 'path', commands: SERVE_AND_RENDER, help: 'YAML file that answers for every store instead of AWS, for trying out and tests' },
  { name: 'insecure-store-file', kind: 'boolean', commands: SERVE, help: 'allow --store-file inside a cluster' },
  { name: 'key-file', kind: 'path', commands: SERVE_AND_RENDER, help: "the installation's key, at least 32 random bytes; without it secret delivery is refused" },
  { name: 'identity', kind: 'choice', choices: ['pod', 'controller'], commands: SERVE, default: 'pod', help: "whose role reads: the pod's, or the webhook's own where the policy file allows it" },
  { name: 'default-delivery', kind: 'choice', choices: ['secret', 'memory', 'plaintext'], commands: PLANNING, default: 'secret', help: 'delivery of pods that name none' },
  { name: 'allow-plaintext', kind: 'boolean', commands: SERVE_AND_RENDER, help: 'allow delivery into the pod spec; needs --caller-auth' },
  { name: 'region', kind: 'region', commands: PLANNING, help: 'AWS region of references that name none' },
  { name: 'cluster-name', kind: 'text', commands: SERVE_AND_RENDER, argument: 'NAME', help: 'appears in the session names that CloudTrail shows' },
  { name: 'aws-endpoint-url', kind: 'url', commands: SERVE_AND_RENDER, help: 'send every AWS call there, for emulators (default: $AWS_ENDPOINT_URL)' },
  { name: 'cache-ttl', kind: 'duration', commands: SERVE, default: '30s', max: 3_600_000, help: 'how long further pods of a revision reuse what it fetched' },
  { name: 'max-stale', kind: 'duration', commands: SERVE, default: '24h', help: "how long a revision's last values serve while AWS is away; 0s turns it off" },
  { name: 'adopt-wait', kind: 'later', commands: SERVE, argument: 'DURATION', help: 'how long a pod waits for a definition that does not exist yet' },
  { name: 'fetch-image', kind: 'text', commands: SERVE_AND_RENDER, argument: 'IMAGE', default: `latchkey:${VERSION}`, help: 'image of the init container' },
  { name: 'fetch-resources', kind: 'resources', commands: SERVE_AND_RENDER, default: 'cpu=50m,memory=96Mi', help: 'CPU and memory of the init container, requests equal to limits' },
  { name: 'fetch-deadline', kind: 'duration', commands: SERVE_AND_RENDER, default: '5m', min: 1000, max: 3_600_000, help: 'how long the init container keeps trying before it fails' },
  { name: 'skip-containers', kind: 'list', commands: PLANNING, argument: 'NAMES', default: 'istio-proxy,istio-init,istio-validation,linkerd-proxy,linkerd-init,linkerd-network-validator,vault-agent,vault-agent-init', help: 'containers that get nothing unless a pod names them; empty for none' },
  { name: 'token-audiences', kind: 'list', commands: SERVE_AND_RENDER, argument: 'AUDIENCES', default: 'sts.amazonaws.com', help: 'audiences that a service account may ask tokens for' },
  { name: 'allow-secret-types', kind: 'later', commands: SERVE, argument: 'TYPES', help: 'allow adopted Secrets of types that mint credentials' },
  { name: 'allow-static-keys', kind: 'later', commands: SERVE, help: 'allow definitions that bring AWS keys of their own' },
  { name: 'allow-cluster-wide', kind: 'later', commands: SERVE, help: 'allow cluster-wide definitions' },
  { name: 'policy-file', kind: 'path', commands: PLANNING, help: 'YAML file that limits who may read what, how' },
  { name: 'dry-run-offline', kind: 'boolean', commands: SERVE, help: 'do not ask AWS in a dry run' },
  { name: 'concurrency', kind: 'integer', commands: SERVE, argument: 'N', default: '256', min: 1, max: 10_000, help: 'reviews worked on at once; as many more wait briefly' },
  { name: 'namespace-concurrency', kind: 'integer', commands: SERVE, argument: 'N', default: '128', min: 1, max: 10_000, help: 'the same, for the pods of one namespace' },
  { name: 'max-body', kind: 'size', commands: SERVE, default: '8Mi', min: 1024, max: 67_108_864, help: 'largest review that is read' },
  { name: 'shutdown-delay', kind: 'duration', commands: SERVE, default: '5s', max: 300_000, help: 'after SIGTERM, how long new reviews are still taken until the endpoints are updated' },
  { name: 'shutdown-grace', kind: 'duration', commands: SERVE, default: '20s', max: 600_000, help: 'after that, how long running reviews may take' },
  { name: 'log-level', kind: 'choice', choices: LOG_LEVELS, commands: SERVE, default: 'info', help: 'least level that is logged' },
] as const satisfies readonly Flag[];
