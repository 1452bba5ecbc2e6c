import { SCOPES } from '../sealed/scope.ts';
import type { Flag } from './flags.ts';

const SEAL = ['seal'] as const;

export const SEAL_FLAGS = [
  {
    name: 'filename',
    short: 'f',
    kind: 'path',
    commands: SEAL,
    argument: 'FILE|DIR|-',
    multiple: true,
    help: 'Secrets to seal, or SealedSecrets to verify; standard input where none is named',
  },
  {
    name: 'cert',
    kind: 'text',
    commands: SEAL,
    argument: 'FILE|URL|cluster',
    help: 'certificate to seal with; without it, that of --private-key or of the cluster',
  },
  {
    name: 'private-key',
    kind: 'text',
    commands: SEAL,
    argument: 'FILE|cluster',
    multiple: true,
    help: 'sealing keys: PEM, or Secrets as kubectl prints them; cluster reads those of --controller-namespace',
  },
  {
    name: 'private-key',
    kind: 'path',
    commands: ['render'],
    multiple: true,
    help: 'sealing keys, PEM or Secrets as kubectl prints them: opens sealed: references with them',
  },
  {
    name: 'scope',
    kind: 'choice',
    choices: SCOPES,
    commands: SEAL,
    help: 'where the value may be opened; without it, what the annotations of the Secret say, else strict',
  },
  {
    name: 'namespace',
    short: 'n',
    kind: 'text',
    commands: SEAL,
    argument: 'NAME',
    help: 'namespace to seal for, where the Secret names none',
  },
  {
    name: 'name',
    kind: 'text',
    commands: SEAL,
    argument: 'NAME',
    help: 'name to seal for; with set and --merge-into, which SealedSecret of the file',
  },
  {
    name: 'raw',
    kind: 'boolean',
    commands: SEAL,
    help: 'seal one value from standard input and print its ciphertext alone',
  },
  {
    name: 'merge-into',
    kind: 'path',
    commands: SEAL,
    help: 'put the sealed values into a SealedSecret of this file, in its scope',
  },
  {
    name: 'output',
    short: 'o',
    kind: 'choice',
    choices: ['yaml', 'json'],
    commands: SEAL,
    help: 'how to print SealedSecrets; without it, as the input is written',
  },
  {
    name: 'write',
    short: 'w',
    kind: 'path',
    commands: SEAL,
    help: 'write to this file instead of standard output, whole or not at all',
  },
  {
    name: 'controller-namespace',
    kind: 'text',
    commands: SEAL,
    argument: 'NAME',
    help: 'namespace of the sealing keys and of the Service that publishes the certificate; without it, kube-system or latchkey',
  },
  {
    name: 'controller-name',
    kind: 'text',
    commands: SEAL,
    argument: 'NAME',
    help: 'that Service; without it, sealed-secrets-controller, sealed-secrets or latchkey-sealing',
  },
] as const satisfies readonly Flag[];
