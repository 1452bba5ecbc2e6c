import type { Environment } from '../commands/command.ts';
import { quoted } from '../quote.ts';
import type { LogLevel } from '../telemetry/log-levels.ts';
import type { HostPort } from './config.ts';
import type { FlagValues } from './flags.ts';
import { materializeOf, materializeProblems, type MaterializeConfig } from './materialize-config.ts';
import { badNames } from './object-name.ts';
import { parseFlags, surplus } from './parse-flags.ts';
import { UsageError } from './usage-error.ts';

/** Everything that `controller` was told, checked and frozen. */
export interface ControllerConfig {
  /** Absent: that of the service account. */
  readonly namespace?: string;
  readonly lease: string;
  /** Absent: somebody else makes them. */
  readonly certificates?: {
    readonly registrations: readonly string[];
    readonly service: string;
    readonly caSecret: string;
    readonly tlsSecret: string;
    readonly authorityLifetimeMs: number;
    readonly servingLifetimeMs: number;
    readonly propagationMs: number;
    readonly retentionMs: number;
  };
  /** Wins over the Secret. */
  readonly keyFile?: string;
  readonly keySecret: string;
  /** Absent: sealing keys are somebody else's. */
  readonly sealingKeys?: {
    /** 0: never. */
    readonly renewAfterMs: number;
  };
  /** Absent: sweeping is off. */
  readonly sweep?: {
    readonly afterMs: number;
    readonly everyMs: number;
    readonly cacheTtlMs: number;
    readonly namespaces: readonly string[] | undefined;
    /** Never these. */
    readonly excluded: readonly string[];
  };
  /** Absent: no Secrets are made without pods. */
  readonly materialize?: MaterializeConfig;
  readonly healthListen: HostPort;
  readonly kubeconfig?: string;
  readonly logLevel: LogLevel;
}

type Values = FlagValues<'controller'>;

/** An authority that signs no more is trusted for so many times the propagation. */
const RETENTION = 12;
const NAMES = [
  ...(['namespace', 'lease', 'service', 'ca-secret', 'tls-secret', 'key-secret'] as const),
  ...(['webhook-configuration', 'namespaces', 'excluded-namespaces'] as const),
];

/**
 * `controller`'s configuration from its arguments and the environment.
 * @throws UsageError with every problem of both, and of the rules across flags.
 */
export function readControllerConfig(args: readonly string[], env: Environment): ControllerConfig {
  const { values, positionals, given, typed, problems } = parseFlags('controller', args, env);
  const all = [
    ...problems,
    ...surplus(positionals, 0),
    ...badObjects(values),
    ...badTimes(values),
    ...materializeProblems(values, { given, typed }, env),
  ];
  if (all.length > 0) throw new UsageError(all);
  const materialize = materializeOf(values as Values, env);
  return Object.freeze({ ...toConfig(values as Values), ...(materialize && { materialize }) });
}

function badObjects(values: Partial<Values>): readonly string[] {
  const secrets = [values['ca-secret'], values['tls-secret'], values['key-secret']].filter(Boolean);
  // `serve` mounts the last two; who can read it must not be able to sign.
  const shared =
    new Set(secrets).size < secrets.length
      ? ['--ca-secret, --tls-secret and --key-secret must be three different Secrets']
      : [];
  const nameless =
    values['webhook-configuration']?.length === 0 && values['tls-mode'] === 'built-in'
      ? ['--webhook-configuration needs a name; --tls-mode=external leaves certificates to others']
      : [];
  const excluded = new Set(values['excluded-namespaces']);
  const both = (values['namespaces'] ?? [])
    .filter((name) => excluded.has(name))
    .map((name) => `--namespaces: ${quoted(name)} is in --excluded-namespaces too`);
  return [...badNames(values, NAMES), ...shared, ...nameless, ...both];
}

/** A renewal must be over before what it renews ends. */
function badTimes(values: Partial<Values>): readonly string[] {
  const { 'ca-lifetime': authority, 'tls-lifetime': serving, 'tls-propagation': propagation } = values;
  if (authority === undefined || serving === undefined || propagation === undefined) return [];
  return [
    ...(serving * 3 > authority ? ['--tls-lifetime: at most a third of --ca-lifetime'] : []),
    ...(propagation * (RETENTION + 1) > serving / 3
      ? [`--tls-propagation: at most a ${String((RETENTION + 1) * 3)}th of --tls-lifetime`]
      : []),
  ];
}

function toConfig(values: Values): ControllerConfig {
  const { namespace, kubeconfig, namespaces, 'key-file': keyFile } = values;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    lease: values['lease'],
    ...(values['tls-mode'] === 'built-in' ? { certificates: certificatesOf(values) } : {}),
    ...(keyFile === undefined ? {} : { keyFile }),
    keySecret: values['key-secret'],
    ...(values['sealing-keys'] ? { sealingKeys: { renewAfterMs: values['sealing-key-renewal'] } } : {}),
    ...(values['sweep-after'] === 0
      ? {}
      : {
          sweep: {
            afterMs: values['sweep-after'],
            everyMs: values['sweep-every'],
            cacheTtlMs: values['cache-ttl'],
            namespaces: namespaces.length === 0 ? undefined : namespaces,
            excluded: values['excluded-namespaces'],
          },
        }),
    healthListen: values['health-listen'],
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    logLevel: values['log-level'],
  };
}

function certificatesOf(values: Values): NonNullable<ControllerConfig['certificates']> {
  return {
    registrations: values['webhook-configuration'],
    service: values['service'],
    caSecret: values['ca-secret'],
    tlsSecret: values['tls-secret'],
    authorityLifetimeMs: values['ca-lifetime'],
    servingLifetimeMs: values['tls-lifetime'],
    propagationMs: values['tls-propagation'],
    retentionMs: values['tls-propagation'] * RETENTION,
  };
}
