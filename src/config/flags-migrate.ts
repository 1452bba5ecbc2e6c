import type { Flag } from './flags.ts';

const MIGRATE = ['migrate'] as const;

export const MIGRATE_FLAGS = [
  {
    name: 'to',
    kind: 'choice',
    choices: ['annotations', 'eso'],
    commands: MIGRATE,
    default: 'annotations',
    help: 'what definitions become: annotations of the workloads that use them, or ESO v1 (from KES)',
  },
  {
    name: 'write',
    kind: 'boolean',
    commands: MIGRATE,
    help: 'change the files in place, all of them or none',
  },
  {
    name: 'output',
    short: 'o',
    kind: 'choice',
    choices: ['yaml', 'diff', 'json'],
    commands: MIGRATE,
    help: 'what to print (default yaml: the whole result; with --write: nothing)',
  },
  {
    name: 'drop-unused',
    kind: 'boolean',
    commands: MIGRATE,
    help: 'remove definitions whose Secret nothing in the given files uses any more',
  },
  {
    name: 'iam',
    kind: 'boolean',
    commands: MIGRATE,
    help: 'print what each service account needs in IAM instead: trust and policy, as JSON and Terraform',
  },
  {
    name: 'region',
    kind: 'region',
    commands: MIGRATE,
    help: 'AWS region of definitions that name none: what their controller was started with',
  },
  {
    name: 'account-id',
    kind: 'text',
    commands: MIGRATE,
    argument: 'ID',
    help: 'AWS account, for --iam',
  },
  {
    name: 'oidc-provider',
    kind: 'text',
    commands: MIGRATE,
    argument: 'HOST/PATH',
    help: "the cluster's OIDC provider without https://, for --iam",
  },
  {
    name: 'store-kind',
    kind: 'choice',
    choices: ['SecretStore', 'ClusterSecretStore'],
    commands: MIGRATE,
    default: 'SecretStore',
    help: 'kind of the stores that --to eso makes',
  },
  {
    name: 'refresh-interval',
    kind: 'duration',
    commands: MIGRATE,
    default: '1h',
    min: 0,
    help: 'how often ESO reads again, for --to eso',
  },
  {
    name: 'intermediate-role',
    kind: 'text',
    commands: MIGRATE,
    argument: 'ARN',
    help: "KES's AWS_INTERMEDIATE_ROLE_ARN: assumed before the role of a definition, for --to eso",
  },
] as const satisfies readonly Flag[];
