// How the kubelet reads `$(VAR)` in `env[].value`: from left to right, `$$` is a literal `$`, `$(` reaches to the next
// `)`, and any other `$` is literal together with the character behind it.

/** A piece of a value: plain text, or a `$(name)` that the kubelet expands. */
export interface ExpansionToken {
  readonly text: string;
  readonly variable?: string;
}

/** Splits a value as the kubelet does. The texts, joined, are the value. */
export function expansionTokens(value: string): readonly ExpansionToken[] {
  const tokens: ExpansionToken[] = [];
  const lastEnd = value.lastIndexOf(')');
  let plain = 0;
  let at = value.indexOf('$');
  while (at !== -1) {
    // Without a `)` behind it none is looked for: each of many would be looked for to the end of the value.
    const end = value[at + 1] === '(' && at + 2 <= lastEnd ? value.indexOf(')', at + 2) : -1;
    if (end === -1) {
      // Behind an unclosed `$(` the kubelet goes on with the next character, as behind `$$` and `$x`.
      at = value.indexOf('$', at + 2);
      continue;
    }
    if (at > plain) tokens.push({ text: value.slice(plain, at) });
    tokens.push({ text: value.slice(at, end + 1), variable: value.slice(at + 2, end) });
    plain = end + 1;
    at = value.indexOf('$', plain);
  }
  if (plain < value.length) tokens.push({ text: value.slice(plain) });
  return tokens;
}

/**
 * Text that may stand before a `$(…)` of ours: a lone `$` at its end would make `$$(…)`, the kubelet's escape, and a `$(`
 * without end would swallow ours. Both are doubled, which the kubelet turns back into the one `$` that was written.
 * Applying it twice changes nothing.
 */
export function closedText(text: string): string {
  let closed = '';
  const lastEnd = text.lastIndexOf(')');
  let plain = 0;
  let at = text.indexOf('$');
  while (at !== -1) {
    const next = text[at + 1];
    const end = next === '(' && at + 2 <= lastEnd ? text.indexOf(')', at + 2) : -1;
    if (next === undefined || (next === '(' && end === -1)) {
      closed += `${text.slice(plain, at)}$`;
      plain = at;
      at = text.indexOf('$', at + 1);
    } else {
      at = text.indexOf('$', end === -1 ? at + 2 : end + 1);
    }
  }
  return closed + text.slice(plain);
}
