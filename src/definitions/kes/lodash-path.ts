// The path language of `property` in KES: that of lodash 4, whose `get` and `hasIn` it calls. What lodash makes of a text
// is recorded in test/fixtures/definitions/lodash.

/** A run of characters that mean nothing. */
const PLAIN = /[^.[\]]+/y;
/** `[0]`, `[-1.5]`. */
const NUMBER = /\[(-?\d+(?:\.\d+)?)\]/y;
/** `["a.b"]`, `['a.b']`: up to the first quote that no backslash stands before. */
const QUOTED = /\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]/y;
/** A place where a key of no characters stands: between two dots, between a dot and `[]`, before the end. */
const EMPTY = /(?:\.|\[\])(?:\.|\[\]|$)/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = at;
  return sticky.exec(text);
}

interface Segment {
  readonly key: string;
  /** How far it reaches; 0 for a key of no characters. */
  readonly length: number;
}

function bracketed(text: string, at: number): Segment | undefined {
  const number = match(NUMBER, text, at);
  if (number !== null) return { key: number[1] ?? '', length: number[0].length };
  const quoted = match(QUOTED, text, at);
  if (quoted === null) return undefined;
  // A backslash is dropped; of two, one stays.
  const key = (quoted[1] ?? quoted[2] ?? '').replace(/\\(\\?)/g, '$1');
  return { key, length: quoted[0].length };
}

function segmentAt(text: string, at: number): Segment | undefined {
  const plain = match(PLAIN, text, at);
  if (plain !== null) return { key: plain[0], length: plain[0].length };
  const bracket = text[at] === '[' ? bracketed(text, at) : undefined;
  if (bracket !== undefined) return bracket;
  return match(EMPTY, text, at) === null ? undefined : { key: '', length: 0 };
}

/** Whether a text is more than one key: it has a dot, or something in brackets. */
function isDeep(text: string): boolean {
  return text.includes('.') || /\[[^[\]]*\]/.test(text) || hasQuotedBrackets(text);
}

function hasQuotedBrackets(text: string): boolean {
  for (let at = text.indexOf('['); at !== -1; at = text.indexOf('[', at + 1)) {
    if (match(QUOTED, text, at) !== null) return true;
  }
  return false;
}

/**
 * The keys that a path goes through: `a[0].b`, `a.0.b` and `["a"].0.b` alike. Every text is a path; a few go nowhere.
 *
 * @example lodashPath('x["y.z"].0') // ['x', 'y.z', '0']
 */
export function lodashPath(text: string): readonly string[] {
  if (!isDeep(text)) return [text];
  const keys: string[] = text.startsWith('.') ? [''] : [];
  for (let at = 0; at < text.length;) {
    const segment = segmentAt(text, at);
    if (segment !== undefined) keys.push(segment.key);
    at += Math.max(1, segment?.length ?? 0);
  }
  return keys;
}
