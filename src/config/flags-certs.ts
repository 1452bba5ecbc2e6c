import type { Flag } from './flags.ts';

const CERTS = ['certs'] as const;

export const CERTS_FLAGS = [
  {
    name: 'out',
    kind: 'path',
    commands: CERTS,
    argument: 'DIR',
    default: 'certs',
    help: 'directory for ca.crt, tls.crt and tls.key',
  },
  {
    name: 'service',
    kind: 'text',
    commands: CERTS,
    argument: 'NAME',
    default: 'latchkey',
    help: 'Service in front of the webhook',
  },
  {
    name: 'namespace',
    short: 'n',
    kind: 'text',
    commands: CERTS,
    argument: 'NAME',
    default: 'latchkey',
    help: 'namespace of that Service',
  },
  {
    name: 'dns',
    kind: 'list',
    commands: CERTS,
    argument: 'NAMES',
    multiple: true,
    help: 'further host names, comma-separated',
  },
  {
    name: 'ip',
    kind: 'list',
    commands: CERTS,
    argument: 'ADDRESSES',
    multiple: true,
    help: 'IP addresses, comma-separated',
  },
  {
    name: 'days',
    kind: 'integer',
    commands: CERTS,
    argument: 'N',
    default: '365',
    min: 1,
    max: 3650,
    help: 'how long both certificates are valid',
  },
  {
    name: 'keep-ca-key',
    kind: 'boolean',
    commands: CERTS,
    help: 'write ca.key too, to sign more certificates later',
  },
  { name: 'force', kind: 'boolean', commands: CERTS, help: 'overwrite files that are there' },
] as const satisfies readonly Flag[];
