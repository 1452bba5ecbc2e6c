// What sigs.k8s.io/yaml makes of a plain scalar where text is wanted. It reads `no` as false, `0123` as 83 and `1.10` as
// 1.1, and writes that: a password that happens to look so is gone. What stays as it is, stays; the rest is for quotes.

const NULL = /^(?:~|null|Null|NULL|)$/;
const BOOLEAN = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/;
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SPECIAL = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const PLAIN_INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
const LEAST_INTEGER = -(2n ** 63n);
const GREATEST_INTEGER = 2n ** 64n - 1n;

function keepsInteger(text: string): boolean {
  if (!PLAIN_INTEGER.test(text) || text.length > 20) return false;
  const value = BigInt(text);
  return value >= LEAST_INTEGER && value <= GREATEST_INTEGER;
}

/** Go writes it as a float of 32 bits, with an exponent below 0.0001 and from a million on. */
function keepsFloat(text: string): boolean {
  const size = Math.abs(Number(text));
  if (size < 1e-4 || size >= 1e6) return false;
  const value = Math.fround(Number(text));
  for (let digits = 1; digits <= 9; digits += 1) {
    const shortest = Number(value.toPrecision(digits));
    if (Math.fround(shortest) === value) return String(shortest) === text;
  }
  return false;
}

/** The text of a plain scalar; `undefined` where it would not stay the text that it is. Nothing and null are ''. */
export function plainText(written: string): string | undefined {
  if (NULL.test(written)) return '';
  if (written === 'true' || written === 'false') return written;
  if (BOOLEAN.test(written) || SPECIAL.test(written) || written === '<<') return undefined;
  const digits = /^[-+.0-9]/.test(written) ? written.replaceAll('_', '') : written;
  if (!INTEGER.test(digits) && !FLOAT.test(digits)) return written;
  return keepsInteger(written) || keepsFloat(written) ? written : undefined;
}
