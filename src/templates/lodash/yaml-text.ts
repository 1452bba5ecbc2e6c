// How js-yaml 3 writes a text, which is what kubernetes-external-secrets hands to its templates as `yaml`.

const OLD_BOOLEANS = new Set('y Y yes Yes YES on On ON n N no No NO off Off OFF'.split(' '));
const OTHER_TYPES: readonly RegExp[] = [
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|<<)$/,
  /^[-+]?(?:0|0b_*[01](?:[01_]*[01])?|0x_*[0-9a-fA-F](?:[0-9a-fA-F_]*[0-9a-fA-F])?|0_*[0-7](?:[0-7_]*[0-7])?)$/,
  /^[-+]?[0-9](?:[0-9_]*[0-9])?(?::[0-5]?[0-9])*$/,
  /^[-+]?(?:0|[1-9][0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?(?<!_)$/,
  /^\.[0-9_]+(?:[eE][-+]?[0-9]+)?(?<!_)$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*(?<!_)$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$/,
];
/** A number that begins with 0 and is none in octal. */
const NOT_DECIMAL = /^[-+]?0[0-9_]/;
const OCTAL = OTHER_TYPES[1];

/** One UTF-16 unit each: what is beyond the basic plane counts as not printable. */
const UNPRINTABLE = /[^\u0020-\u007e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const NOT_FIRST = /^[\s\-?:,[\]{}#&*!|=>'"%@`]/;
const NOT_PLAIN = /[,[\]{}:]|(?:^|[\s\ufeff])#/;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\u0007', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\u001b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u00a0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
]);

function isOtherType(text: string): boolean {
  // Digits behind a leading 0 are octal or nothing.
  if (NOT_DECIMAL.test(text) && !/[:.eExb]/.test(text)) return OCTAL?.test(text) ?? false;
  return OTHER_TYPES.some((pattern) => pattern.test(text));
}

function isPlain(text: string): boolean {
  return !NOT_FIRST.test(text) && !/[ \t]$/.test(text) && !NOT_PLAIN.test(text) && !isOtherType(text);
}

function escaped(character: string): string {
  const named = ESCAPES.get(character);
  if (named !== undefined) return `\\${named}`;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function doubleQuoted(text: string): string {
  return `"${text.replace(/[^ !#-[\]-~\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/gu, escaped)}"`;
}

/** Breaks a line at single spaces so that it is no wider than it must be; one that is indented stays as it is. */
function foldedLine(line: string, width: number): string {
  if (line === '' || line.startsWith(' ')) return line;
  const lines: string[] = [];
  let start = 0;
  let last = 0;
  for (const { index } of line.matchAll(/ (?! |$)/g)) {
    if (index - start > width) {
      const end = last > start ? last : index;
      lines.push(line.slice(start, end));
      start = end + 1;
    }
    last = index;
  }
  if (line.length - start > width && last > start) {
    lines.push(line.slice(start, last));
    start = last + 1;
  }
  return [...lines, line.slice(start)].join('\n');
}

/** Between two lines of text that are not indented a line break is written twice. */
function folded(text: string, width: number): string {
  const [first = '', ...rest] = text.split(/(?=\n+)(?<!\n)/);
  let result = foldedLine(first.startsWith('\n') ? '' : first, width);
  let indented = /^[\n ]/.test(text);
  for (const chunk of first.startsWith('\n') ? [first, ...rest] : rest) {
    const breaks = /^\n*/.exec(chunk)?.[0] ?? '';
    const line = chunk.slice(breaks.length);
    const isIndented = line.startsWith(' ');
    result += breaks + (!indented && !isIndented && line !== '' ? '\n' : '') + foldedLine(line, width);
    indented = isIndented;
  }
  return result;
}

function header(text: string): string {
  const hint = /^\n* /.test(text) ? '2' : '';
  const keeps = text === '\n' || text.endsWith('\n\n');
  return `${hint}${keeps ? '+' : text.endsWith('\n') ? '' : '-'}\n`;
}

function block(text: string, indent: number): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line)).join('\n');
}

/** A text at a level of nesting; a key stays on one line. */
export function dumpedText(text: string, level: number, key: boolean): string {
  if (text === '') return "''";
  if (OLD_BOOLEANS.has(text)) return `'${text}'`;
  const indent = 2 * Math.max(1, level);
  const width = Math.max(40, 80 - indent);
  if (UNPRINTABLE.test(key ? text : text.replaceAll('\n', ''))) return doubleQuoted(text);
  const folds = !key && text.split('\n').some((line) => line.length > width && !line.startsWith(' '));
  if (folds) return `>${header(text)}${block(folded(text, width), indent)}`;
  if (text.includes('\n')) return `|${header(text)}${block(text, indent)}`;
  return isPlain(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
