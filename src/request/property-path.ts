const BARE_KEY = /[^.[\]"]+/y;
const QUOTED_KEY = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const INDEX = /\[(0|[1-9][0-9]{0,8})\]/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = at;
  return sticky.exec(text);
}

interface Segment {
  readonly value: string | number;
  readonly end: number;
}

function readKey(text: string, at: number): Segment | undefined {
  const quotedKey = match(QUOTED_KEY, text, at);
  if (quotedKey !== null) {
    const value: unknown = JSON.parse(quotedKey[0]);
    return { value: String(value), end: at + quotedKey[0].length };
  }
  const bare = match(BARE_KEY, text, at);
  return bare === null ? undefined : { value: bare[0], end: at + bare[0].length };
}

function readIndex(text: string, at: number): Segment | undefined {
  const index = match(INDEX, text, at);
  return index === null ? undefined : { value: Number(index[1]), end: at + index[0].length };
}

function readSegment(text: string, at: number): Segment | undefined {
  if (text[at] === '[') return readIndex(text, at);
  if (at === 0) return readKey(text, at);
  return text[at] === '.' ? readKey(text, at + 1) : undefined;
}

/**
 * Reads a path of keys and indexes: `db.users[0]."first name"`. A quoted key takes JSON's escapes. `undefined` for text
 * that is no path.
 */
export function readPath(text: string): readonly (string | number)[] | undefined {
  const segments: (string | number)[] = [];
  for (let at = 0; at < text.length;) {
    const segment = readSegment(text, at);
    if (segment === undefined) return undefined;
    segments.push(segment.value);
    at = segment.end;
  }
  return segments;
}
