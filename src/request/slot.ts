import { createHash } from 'node:crypto';
import { IN_PLACE_VARIABLE_PREFIX } from '../names.ts';
import { printable } from '../quote.ts';
import { isVariableName } from './env-names.ts';
import type { Slot } from './plan.ts';

const HASHED = 'sha256-';
/** A Secret's data key has at most 253 characters; ours stay well below. */
const LONGEST_KEY = 200;
const KIND_ORDER = { env: 0, file: 1, 'in-place': 2 } as const;
const ESCAPED = /[^A-Za-z0-9.-]/gu;

function hex(byte: number): string {
  return `_${byte.toString(16).padStart(2, '0')}`;
}

function escapePath(path: string): string {
  const escaped = path.replace(ESCAPED, (character) => Array.from(Buffer.from(character), hex).join(''));
  // A path that looks like the hashed form of another one must not share its key.
  return escaped.startsWith(HASHED) ? `${hex(0x73)}${escaped.slice(1)}` : escaped;
}

function unescapePath(escaped: string): string | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < escaped.length; at += 1) {
    if (escaped[at] !== '_') {
      bytes.push(escaped.charCodeAt(at));
      continue;
    }
    const digits = escaped.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/.test(digits)) return undefined;
    bytes.push(Number.parseInt(digits, 16));
    at += 2;
  }
  return Buffer.from(bytes).toString('utf8');
}

function bounded(kind: Slot['kind'], rest: string): string {
  if (kind.length + 1 + rest.length <= LONGEST_KEY) return `${kind}.${rest}`;
  return `${kind}.${HASHED}${createHash('sha256').update(rest).digest('hex')}`;
}

/**
 * The slot's key in a managed Secret and in the env file: `env.NAME`, `file.<escaped path>`,
 * `in-place.<container>.<VAR>.<n>`. A valid Secret data key, and different for different slots (a file's mode does not
 * count: a path is one slot).
 */
export function dataKey(slot: Slot): string {
  if (slot.kind === 'env') return bounded('env', slot.name);
  if (slot.kind === 'file') return bounded('file', escapePath(slot.path));
  return bounded('in-place', `${slot.container}.${slot.variable}.${slot.index}`);
}

/** The inverse of {@link dataKey}, without a file's mode; `undefined` for the hashed form and for foreign keys. */
export function slotOf(key: string): Slot | undefined {
  const slot = readKey(key);
  return slot !== undefined && dataKey(slot) === key ? slot : undefined;
}

function readKey(key: string): Slot | undefined {
  if (key.startsWith('env.')) {
    const name = key.slice('env.'.length);
    return isVariableName(name) ? { kind: 'env', name } : undefined;
  }
  if (key.startsWith('file.')) {
    const path = unescapePath(key.slice('file.'.length));
    return path === undefined || path === '' ? undefined : { kind: 'file', path };
  }
  const parts = /^in-place\.([^.]+)\.(.+)\.(0|[1-9][0-9]{0,5})$/s.exec(key);
  if (parts === null) return undefined;
  const [, container = '', variable = '', index = ''] = parts;
  return { kind: 'in-place', container, variable, index: Number(index) };
}

/** The variable that carries the n-th secret of an in-place value which has more than the one reference in it. */
export function hiddenVariable(variable: string, index: number): string {
  return `${IN_PLACE_VARIABLE_PREFIX}${variable}_${index}`;
}

/** The slot in the user's words, safe to print: `env NAME`, `file PATH`, `container app, env NAME`. */
export function slotLabel(slot: Slot): string {
  if (slot.kind === 'env') return `env ${printable(slot.name)}`;
  if (slot.kind === 'file') return `file ${printable(slot.path)}`;
  return `container ${printable(slot.container)}, env ${printable(slot.variable)}`;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Variables, then files, then in-place values, each by name in code-unit order: the same on every machine. */
export function compareSlots(a: Slot, b: Slot): number {
  if (a.kind === 'env' && b.kind === 'env') return compareText(a.name, b.name);
  if (a.kind === 'file' && b.kind === 'file') return compareText(a.path, b.path);
  if (a.kind === 'in-place' && b.kind === 'in-place') {
    return compareText(a.container, b.container) || compareText(a.variable, b.variable) || a.index - b.index;
  }
  return KIND_ORDER[a.kind] - KIND_ORDER[b.kind];
}
