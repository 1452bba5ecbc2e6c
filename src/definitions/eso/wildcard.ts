/**
 * Whether a key matches a pattern of gjson: `*` is any run of characters, `?` any one, a backslash takes the meaning from
 * what follows it. Goes over the key once for each `*` at most: it cannot run away.
 */
export function matchesWildcard(key: string, pattern: string): boolean {
  const characters = Array.from(key);
  const tokens = pattern.match(/\\.|[^]/gsu) ?? [];
  let token = 0;
  let star = -1;
  let from = 0;
  for (let at = 0; at < characters.length;) {
    const wanted = tokens[token];
    if (wanted === '*') {
      star = token;
      token += 1;
      from = at;
    } else if (wanted === '?' || literal(wanted) === characters[at]) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      from += 1;
      at = from;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((left) => left === '*');
}

function literal(token: string | undefined): string | undefined {
  return token !== undefined && token.length > 1 && token.startsWith('\\') ? token.slice(1) : token;
}
