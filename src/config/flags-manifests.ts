import type { Flag } from './flags.ts';

export const MANIFEST_FLAGS = [
  { name: 'filename', short: 'f', kind: 'path', commands: ['render', 'lint'], argument: 'FILE|DIR|-', multiple: true, help: 'manifests to read; - is standard input; may be given more than once' },
  { name: 'output', short: 'o', kind: 'choice', choices: ['yaml', 'diff', 'patch', 'json'], commands: ['render'], default: 'yaml', help: 'what to print' },
  { name: 'output', short: 'o', kind: 'choice', choices: ['text', 'github', 'json'], commands: ['lint'], default: 'text', help: 'what to print' },
  { name: 'namespace', short: 'n', kind: 'text', commands: ['render', 'lint'], argument: 'NAME', default: 'default', help: 'namespace of manifests that name none' },
  { name: 'show-values', kind: 'boolean', commands: ['render'], help: 'print secret values instead of [redacted]' },
  { name: 'role-arn', kind: 'text', commands: ['render'], argument: 'ARN', help: "IAM role of the pods' service accounts, where the input does not say it" },
  { name: 'service-account-uid', kind: 'text', commands: ['render'], argument: 'UID', help: "uid of the pods' service account: with --key-file, part of the managed Secret's name" },
  { name: 'owner-uid', kind: 'text', commands: ['render'], argument: 'UID', help: 'uid of the controller that will own the pods (of a Deployment: its ReplicaSet); likewise' },
  { name: 'revision', kind: 'text', commands: ['render'], argument: 'HASH', help: "the pods' pod-template-hash or controller-revision-hash; likewise" },
  { name: 'live', kind: 'later', commands: ['render'], argument: 'KIND/NAME', help: 'read the workload from the cluster' },
] as const satisfies readonly Flag[];
