import { isIPv6 } from 'node:net';
import { isDnsLabel, isDnsSubdomain } from '../kubernetes/object-names.ts';
import { quoted } from '../quote.ts';
import type { HostPort, ObjectPlace, Resources } from './config.ts';
import type { Flag, Kind } from './flags.ts';

/** A value, or what it should have looked like. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const SIZE_UNITS = { '': 1, Ki: 1024, Mi: 1_048_576 } as const;
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
const CPU = /^([0-9]+m|[0-9]+(\.[0-9]{1,3})?)$/;
const MEMORY = /^[0-9]+(Ki|Mi|Gi|k|M|G)?$/;

const READERS: { readonly [K in Kind]: (text: string, flag: Flag) => Read<unknown> } = {
  boolean: readBoolean,
  text: readText,
  path: readText,
  address: readAddress,
  duration: readDuration,
  integer: readInteger,
  size: readSize,
  list: readList,
  region: readRegion,
  url: readUrl,
  resources: readResources,
  choice: readChoice,
  object: readObject,
};

/** The value that a flag's text means, or one sentence with what is expected of it. */
export function readValue(flag: Flag, text: string): Read<unknown> {
  return READERS[flag.kind](text, flag);
}

/** What stands for a kind's value in `--help`. */
export const ARGUMENTS: { readonly [K in Kind]: string } = {
  boolean: '',
  text: 'TEXT',
  path: 'FILE',
  address: 'HOST:PORT',
  duration: 'DURATION',
  integer: 'N',
  size: 'BYTES',
  list: 'LIST',
  region: 'REGION',
  url: 'URL',
  resources: 'cpu=N,memory=N',
  choice: '',
  object: 'NAMESPACE/NAME',
};

function read<T>(value: T): Read<T> {
  return { ok: true, value };
}

function refused(expected: string): Read<never> {
  return { ok: false, expected };
}

function readBoolean(text: string): Read<boolean> {
  if (text === 'true' || text === '1') {
    return read(true);
  }
  return text === 'false' || text === '0' ? read(false) : refused('true or false');
}

function readText(text: string): Read<string> {
  return text === '' || text.includes('\0') ? refused('some text') : read(text);
}

function readAddress(text: string): Read<HostPort> {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) {
    return refused('HOST:PORT, as in 0.0.0.0:8443 or [::]:8443');
  }
  return read({ host: host === '' ? '::' : host, port });
}

function readDuration(text: string, flag: Flag): Read<number> {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  if (match === null) {
    return refused('a number and a unit, as in 250ms, 30s, 5m or 24h');
  }
  const unit = match[2] as keyof typeof DURATION_UNITS;
  return inRange(flag, Number(match[1]) * DURATION_UNITS[unit], (n) => `${String(n / 1000)}s`);
}

function readInteger(text: string, flag: Flag): Read<number> {
  return /^\d{1,9}$/.test(text) ? inRange(flag, Number(text), String) : refused('a whole number');
}

function readSize(text: string, flag: Flag): Read<number> {
  const match = /^(\d{1,9})(|Ki|Mi)$/.exec(text);
  if (match === null) {
    return refused('a number of bytes, as in 1048576, 512Ki or 8Mi');
  }
  return inRange(flag, Number(match[1]) * SIZE_UNITS[match[2] as keyof typeof SIZE_UNITS], String);
}

function inRange(flag: Flag, value: number, print: (n: number) => string): Read<number> {
  const min = flag.min ?? 0;
  const max = flag.max ?? Number.MAX_SAFE_INTEGER;
  if (value < min) {
    return refused(`at least ${print(min)}`);
  }
  return value > max ? refused(`at most ${print(max)}`) : read(value);
}

/** Comma-separated; white space around the members doesn't count. An empty text is the empty list. */
function readList(text: string): Read<readonly string[]> {
  const members = text.split(',').map((member) => member.trim());
  if (text.trim() === '') {
    return read([]);
  }
  return members.includes('') ? refused('names separated by single commas') : read(Object.freeze(members));
}

/** A region becomes a part of host names, so its shape is checked wherever it comes from. */
function readRegion(text: string): Read<string> {
  return REGION.test(text) ? read(text) : refused('an AWS region, as in eu-central-1');
}

function readUrl(text: string): Read<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    return refused('an http or https URL without user, query and fragment');
  }
  return read(text.replace(/\/+$/, ''));
}

function readResources(text: string): Read<Resources> {
  const found = new Map(
    text.split(',').map((part) => {
      const [key = '', ...value] = part.split('=');
      return [key.trim(), value.join('=').trim()] as const;
    }),
  );
  const cpu = found.get('cpu') ?? '';
  const memory = found.get('memory') ?? '';
  if (found.size !== 2 || !CPU.test(cpu) || !MEMORY.test(memory)) {
    return refused('both quantities, as in cpu=50m,memory=96Mi');
  }
  return read(Object.freeze({ cpu, memory }));
}

function readChoice(text: string, flag: Flag): Read<string> {
  const choices = flag.choices ?? [];
  return choices.includes(text) ? read(text) : refused(`one of ${choices.map((c) => quoted(c)).join(', ')}`);
}

function readObject(text: string): Read<ObjectPlace> {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (!isDnsLabel(namespace) || !isDnsSubdomain(name) || more.length > 0) {
    return refused('NAMESPACE/NAME, as in latchkey/latchkey-tls');
  }
  return read(Object.freeze({ namespace, name }));
}
