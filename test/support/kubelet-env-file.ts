// How a kubelet from 1.35 on reads an env file, written from the description of its grammar and held against the real
// parser. It is the other half of src/fetch/env-file.ts in its tests.

/** Go's `bufio.Scanner`: a line and its newline have to fit into 64 KiB. */
const BUFFER_BYTES = 64 * 1024;

/**
 * The value that the kubelet gives a variable whose `fileKeyRef` names `key`; '' when the key is not there.
 * Bytes are handled as latin1 text, so that what is not UTF-8 comes out as it went in.
 * @throws Error where the kubelet refuses to start the container
 */
export function readKubeletEnvFile(file: Uint8Array, key: string): Uint8Array {
  const lines = scan(Buffer.from(file).toString('latin1'));
  const wanted = Buffer.from(key, 'utf8').toString('latin1');
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const text = line.replace(/^[ \t]+/, '');
    if (text === '' || text.startsWith('#')) continue;
    const { name, rest } = splitName(text);
    if (/^[ \t]/.test(rest)) {
      // Like a shell: blank behind the `=` means the empty value, and what follows is not looked at.
      if (name === wanted) return Buffer.alloc(0);
      continue;
    }
    const value = quotedValue(rest, lines);
    if (name === wanted) return Buffer.from(value, 'latin1');
  }
  return Buffer.alloc(0);
}

interface Lines {
  next(): string | undefined;
}

function scan(text: string): Lines {
  let at = 0;
  return {
    next() {
      if (at >= text.length) return undefined;
      const newline = text.indexOf('\n', at);
      const end = newline === -1 ? text.length : newline;
      if (end - at >= BUFFER_BYTES) throw new Error('token too long');
      const line = text.slice(at, end);
      at = end + 1;
      return line.endsWith('\r') ? line.slice(0, -1) : line;
    },
  };
}

function splitName(text: string): { readonly name: string; readonly rest: string } {
  const equals = text.indexOf('=');
  if (equals === -1) throw new Error("missing '='");
  const name = text.slice(0, equals);
  if (name === '') throw new Error('empty variable name');
  if (/[ \t]$/.test(name)) throw new Error("whitespace before '='");
  return { name, rest: text.slice(equals + 1) };
}

function quotedValue(rest: string, lines: Lines): string {
  if (!rest.startsWith("'")) throw new Error('value must be enclosed in single quotes');
  let value = '';
  let text = rest.slice(1);
  for (;;) {
    const closing = text.indexOf("'");
    if (closing !== -1) {
      const after = text.slice(closing + 1).replace(/^[ \t]+/, '');
      if (after !== '' && !after.startsWith('#')) throw new Error('unexpected content after closing quote');
      return value + text.slice(0, closing);
    }
    value += `${text}\n`;
    const next = lines.next();
    if (next === undefined) throw new Error('unclosed single quote');
    text = next;
  }
}
