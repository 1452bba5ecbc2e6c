import { isUtf8 } from 'node:buffer';
import type { Problem } from '../errors.ts';
import { SENTINEL_VALUE, SENTINEL_VARIABLE } from '../names.ts';
import type { Place } from '../request/plan.ts';
import type { SecretValue } from '../secret-value.ts';

/** One line (or several) of the env file. */
export interface EnvFileEntry {
  /** What `fileKeyRef.key` names: `dataKey(slot)`; holds no `=`, blank, quote or control character. */
  readonly key: string;
  readonly value: SecretValue;
  /** Where the variable was asked for, for messages. */
  readonly place: Place;
}

export type EnvFile =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

/**
 * The kubelet reads lines with Go's `bufio.Scanner` and its default buffer of 64 KiB, which has to hold the line and its
 * newline: the longest line has one byte less.
 */
export const MAX_LINE_BYTES = 64 * 1024 - 1;

const QUOTE = 0x27;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NUL = 0x00;

const FILE = 'Deliver it as a file';
const BASE64 = 'add the option encode=base64 to its reference';
const SECRET = 'use the delivery "secret"';

/**
 * Writes variables in the only grammar that a kubelet from 1.35 on reads, `KEY='VALUE'`. The value is literal up to the
 * next single quote and there are no escapes, so some values cannot be written at all. Those are refused; a value is
 * never altered.
 *
 * The sentinel comes first: `fetch --guard` reads it to see that this node's kubelet knows env files.
 * @returns the file's bytes, or one LK-ENV-FILE problem for each variable that cannot be written
 */
export function envFile(entries: readonly EnvFileEntry[]): EnvFile {
  const [first, ...others] = entries.flatMap(refuse);
  if (first !== undefined) return { kind: 'problems', problems: [first, ...others] };
  const sentinel = line(SENTINEL_VARIABLE, Buffer.from(SENTINEL_VALUE));
  return {
    kind: 'file',
    bytes: Buffer.concat([sentinel, ...entries.map((e) => line(e.key, e.value.reveal()))]),
  };
}

function line(key: string, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${key}='`), value, Buffer.from(`'\n`)]);
}

function refuse(entry: EnvFileEntry): readonly Problem[] {
  const reason = reasonAgainst(entry.value.reveal(), entry.key);
  if (reason === undefined) return [];
  return [
    {
      code: 'LK-ENV-FILE',
      place: entry.place.label,
      field: entry.place.field,
      message: `the value ${reason.what}`,
      remedy: reason.remedy,
    },
  ];
}

interface Reason {
  readonly what: string;
  readonly remedy: string;
}

/** Says which rule forbids the value. Never says anything of the value but that rule. */
function reasonAgainst(value: Uint8Array, key: string): Reason | undefined {
  if (value.byteLength === 0) {
    return {
      what: 'is empty, which an env file cannot say',
      remedy: `${FILE}, or ${SECRET}.`,
    };
  }
  if (value.includes(NUL)) {
    return { what: 'holds a NUL byte, which no variable can hold', remedy: `${FILE}, or ${BASE64}.` };
  }
  if (!isUtf8(value)) {
    return { what: 'is not UTF-8 text, as a variable must be', remedy: `${FILE}, or ${BASE64}.` };
  }
  if (value.includes(QUOTE)) {
    return {
      what: "holds a single quote ('), which an env file cannot hold",
      remedy: `${FILE}, ${BASE64}, or ${SECRET}.`,
    };
  }
  if (hasReturnAtLineEnd(value)) {
    return {
      what: 'has a line that ends in a carriage return (\\r\\n), which the kubelet would drop',
      remedy: `${FILE}, ${BASE64}, or ${SECRET}.`,
    };
  }
  if (longestLine(value, key) > MAX_LINE_BYTES) {
    return {
      what: 'has a line of 64 KiB or more, which the kubelet cannot read',
      remedy: `${FILE}, or ${SECRET}.`,
    };
  }
  return undefined;
}

function hasReturnAtLineEnd(value: Uint8Array): boolean {
  return value.some((byte, index) => byte === NEWLINE && value[index - 1] === RETURN);
}

/** Bytes of the longest physical line as written: the first carries `KEY='`, the last the closing quote. */
function longestLine(value: Uint8Array, key: string): number {
  let longest = 0;
  let length = Buffer.byteLength(key) + 2;
  for (const byte of value) {
    if (byte === NEWLINE) {
      longest = Math.max(longest, length);
      length = 0;
    } else {
      length += 1;
    }
  }
  return Math.max(longest, length + 1);
}
