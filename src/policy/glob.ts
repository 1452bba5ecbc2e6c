/** Longer patterns are refused when they are read. */
export const MAX_PATTERN_LENGTH = 512;
/** No ARN, name or URL that is checked comes near this; what is longer matches nothing. */
const MAX_SUBJECT_LENGTH = 2048;

/**
 * A pattern ready to match. Position p of the pattern is bit p: whoever writes patterns and names may be hostile, and with
 * one bit a position a character costs a handful of operations, whatever the pattern; there is no backtracking.
 */
export interface Glob {
  /** As written, for messages. */
  readonly text: string;
  /** For each character, the positions where the pattern wants exactly it. */
  readonly literals: ReadonlyMap<string, Int32Array>;
  /** The positions of `*` and `**`. */
  readonly wildcards: Int32Array;
  /** The positions of `**`. */
  readonly crossing: Int32Array;
  /** The position behind the last token. */
  readonly end: number;
}

/**
 * Reads a pattern: `*` is any run of characters without `/` and `:`, `**` any run at all, everything else is itself.
 * Callers refuse patterns over {@link MAX_PATTERN_LENGTH}; such a one matches nothing.
 */
export function compileGlob(text: string): Glob {
  const tokens = text.length > MAX_PATTERN_LENGTH ? [] : (text.match(/\*+|[^*]/g) ?? []);
  const words = Math.floor(tokens.length / 32) + 1;
  const literals = new Map<string, Int32Array>();
  const wildcards = new Int32Array(words);
  const crossing = new Int32Array(words);
  for (const [position, token] of tokens.entries()) {
    if (token.startsWith('*')) {
      setBit(wildcards, position);
      if (token !== '*') setBit(crossing, position);
      continue;
    }
    const wanted = literals.get(token) ?? new Int32Array(words);
    setBit(wanted, position);
    literals.set(token, wanted);
  }
  return { text, literals, wildcards, crossing, end: tokens.length };
}

/** Whether the whole subject matches. The time is linear in the subject. */
export function globMatches(glob: Glob, subject: string): boolean {
  if (glob.text.length > MAX_PATTERN_LENGTH || subject.length > MAX_SUBJECT_LENGTH) return false;
  const positions = new Int32Array(glob.wildcards.length);
  positions[0] = ((glob.wildcards[0] ?? 0) & 1) === 1 ? 0b11 : 0b1;
  for (let index = 0; index < subject.length; index++) {
    if (!advance(glob, positions, subject.charAt(index))) return false;
  }
  return ((positions[glob.end >>> 5] ?? 0) & (1 << (glob.end & 31))) !== 0;
}

export function anyGlobMatches(globs: readonly Glob[], subject: string): boolean {
  return globs.some((glob) => globMatches(glob, subject));
}

/** Moves every position over one character, in place. False when none is left. */
function advance(glob: Glob, positions: Int32Array, character: string): boolean {
  const wanted = glob.literals.get(character);
  // Both separators of what is matched: of paths in names, of fields in ARNs.
  const staying = character === '/' || character === ':' ? glob.crossing : glob.wildcards;
  let movedCarry = 0;
  let skippedCarry = 0;
  let alive = 0;
  for (let word = 0; word < positions.length; word++) {
    const current = positions[word] ?? 0;
    const moved = current & (wanted?.[word] ?? 0);
    const stayed = current & (staying[word] ?? 0);
    const reached = (moved << 1) | movedCarry | stayed;
    // A wildcard may match nothing. Two never stand side by side, so one step over them is enough.
    const skipped = reached & (glob.wildcards[word] ?? 0);
    positions[word] = reached | (skipped << 1) | skippedCarry;
    movedCarry = moved >>> 31;
    skippedCarry = skipped >>> 31;
    alive |= positions[word] ?? 0;
  }
  return alive !== 0;
}

function setBit(bits: Int32Array, position: number): void {
  bits[position >>> 5] = (bits[position >>> 5] ?? 0) | (1 << (position & 31));
}
