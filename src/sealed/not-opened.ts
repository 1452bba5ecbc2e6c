import { LatchkeyError } from '../errors.ts';
import { printable, quoted } from '../quote.ts';
import type { SealedFor } from './scope.ts';
import type { SealingKey } from './sealing-key.ts';

const DAY_MS = 86_400_000;
const CHECK =
  "It was sealed for another scope, namespace or name, with another cluster's certificate, or was altered since. Seal the value again: latchkey seal.";

/** What became of all tries to open one value. Nothing in it helps to open it. */
export interface Attempt {
  readonly sealedFor: SealedFor;
  readonly keys: readonly SealingKey[];
  /** Namespaces whose keys could not be read. */
  readonly unread: readonly string[];
  /** Bits of the key that sealed it, as the ciphertext shows openly. */
  readonly sealedBits: number;
  /** How many keys were not tried yet because the review had tried enough. */
  readonly untried: number;
  readonly wallMs: number;
  /** What to do where there is no key at all: it depends on where keys are looked for. */
  readonly withoutKeys: string;
  /** What to do where all keys were tried in vain. */
  readonly remedy?: string | undefined;
}

/** Why a value did not open: for what it was tried, and with how many keys of which age. */
export function notOpened(attempt: Attempt): LatchkeyError {
  const { keys, untried, sealedBits, remedy = CHECK } = attempt;
  const asked = describeScope(attempt.sealedFor);
  if (attempt.unread.length > 0) return unreadKeys(attempt.unread, keys.length, asked);
  if (keys.length === 0)
    return new LatchkeyError(
      'LK-SEALED',
      `there is no sealing key to open it with (${asked})`,
      attempt.withoutKeys,
    );
  const held = `${count(keys.length, 'sealing key')} (${ages(keys, attempt.wallMs)})`;
  if (!keys.some(({ bits }) => bytesOf(bits) === bytesOf(sealedBits)))
    return new LatchkeyError(
      'LK-SEALED',
      `none of ${held} opens it: a key of ${String(sealedBits)} bits sealed it, and none has that size`,
      "It was sealed with another cluster's certificate. Seal the value again: latchkey seal.",
    );
  if (untried > 0)
    return new LatchkeyError(
      'LK-SEALED',
      `${String(keys.length - untried)} of ${held} did not open it (${asked}), and one review tries no more`,
      'The next review goes on with the others. Values that old keys sealed are better re-encrypted: latchkey seal re-encrypt.',
    );
  return new LatchkeyError('LK-SEALED', `none of ${held} opens it (${asked})`, remedy);
}

function unreadKeys(namespaces: readonly string[], keys: number, asked: string): LatchkeyError {
  return new LatchkeyError(
    'LK-KUBERNETES',
    `none of ${count(keys, 'sealing key')} opens it (${asked}), and those of namespace ${namespaces.map((name) => quoted(name)).join(', ')} cannot be read`,
    'Allow list and watch on secrets there for the user of latchkey serve; its log says what went wrong.',
  );
}

/** `strict, for shop/db`. */
export function describeScope({ scope, namespace, name }: SealedFor): string {
  if (scope === 'cluster-wide') return scope;
  return `${scope}, for ${printable(scope === 'strict' ? `${namespace}/${name}` : namespace)}`;
}

export function bytesOf(bits: number): number {
  return Math.ceil(bits / 8);
}

function ages(keys: readonly SealingKey[], wallMs: number): string {
  const days = keys.map(({ madeMs }) => Math.max(0, Math.floor((wallMs - madeMs) / DAY_MS)));
  const [youngest, oldest] = [Math.min(...days), Math.max(...days)];
  return youngest === oldest
    ? `${count(oldest, 'day')} old`
    : `${String(youngest)} to ${count(oldest, 'day')} old`;
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
