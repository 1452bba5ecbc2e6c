/** A comment of a file, `#` and all. */
export interface Comment {
  readonly offset: number;
  readonly source: string;
}

const PARTS = ['props', 'start', 'key', 'sep', 'value', 'items', 'end'];

/** Every comment among the source tokens of a document, in order. Tokens hold tokens in fields of several names. */
export function commentsOf(token: unknown): readonly Comment[] {
  if (Array.isArray(token)) return token.flatMap(commentsOf);
  if (typeof token !== 'object' || token === null) return [];
  if ('type' in token && token.type === 'comment' && 'offset' in token && 'source' in token)
    return [{ offset: Number(token.offset), source: String(token.source) }];
  return PARTS.flatMap((name) =>
    name in token ? commentsOf((token as Readonly<Record<string, unknown>>)[name]) : [],
  );
}
