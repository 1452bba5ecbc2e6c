// The exact shape of a FetchPlan: what is not listed here is refused.

import type { FetchPlan } from './fetch-plan.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const filled: Check = (value) => typeof value === 'string' && value !== '';
const upTo =
  (most: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
const count = upTo(Number.MAX_SAFE_INTEGER);
const permissions = upTo(0o777);
const is =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((entry) => check(entry));

/** An object with all of `required`, any of `optional`, and nothing else. */
function record(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const checks = new Map([...Object.entries(required), ...Object.entries(optional)]);
  const needed = Object.keys(required);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    needed.every((key) => Object.hasOwn(value, key)) &&
    Object.entries(value).every(([key, part]) => checks.get(key)?.(part) === true);
}

const place = record({ label: text, field: text });

const address = record(
  { store: is('ssm', 'secretsmanager'), region: filled, name: filled },
  { selector: filled, version: filled, stage: filled, below: is('one-level', 'all-levels') },
);

const source = record(
  { text, address },
  {
    property: text,
    jmesPath: filled,
    failover: address,
    optional: is(true),
    default: text,
    decode: is('base64'),
    encode: is('base64', 'url', 'json'),
  },
);

const slot = either(
  record({ kind: is('env'), name: filled }),
  record({ kind: is('file'), path: filled }, { mode: permissions }),
  record({ kind: is('in-place'), container: filled, variable: filled, index: count }),
);

const item = record({ slot, template: list(either(text, source)), place });

const bulk = record(
  { kind: is('env', 'file'), source, place },
  { prefix: text, case: is('upper'), keys: list(text) },
);

const fetchPlan = record(
  {
    version: is(1),
    plan: record(
      { items: list(item), bulks: list(bulk), fileMode: permissions },
      { failoverRegion: filled, assumeRoleArn: filled, externalId: filled },
    ),
    namespace: filled,
    serviceAccount: filled,
    deadlineSeconds: count,
  },
  {
    cluster: text,
    webIdentity: record({ roleArn: filled, tokenFile: filled }, { only: is(true) }),
    endpoint: filled,
    filesRoot: filled,
    pathsRoot: filled,
    envFile: filled,
  },
);

/** Whether a parsed JSON value is a plan that `fetch` can follow. */
export function isFetchPlan(value: unknown): value is FetchPlan {
  return fetchPlan(value);
}
