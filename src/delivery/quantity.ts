const POWERS: Readonly<Record<string, readonly [base: bigint, exponent: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  '': [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
};

const QUANTITY = /^\+?(\d{1,20})(?:\.(\d{1,9}))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|)$/;
const NANO = 10n ** 9n;

/**
 * Whether two Kubernetes quantities mean the same. The API server writes them in canonical form before a second review
 * (`1000m` becomes `1`, `1024Mi` becomes `1Gi`), so their texts differ though nobody changed them.
 */
export function sameQuantity(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = nanos(a);
  return left !== undefined && left === nanos(b);
}

/** In billionths, the finest step that Kubernetes knows. */
function nanos(quantity: unknown): bigint | undefined {
  const match = QUANTITY.exec(String(quantity));
  const power = POWERS[match?.[3] ?? 'none'];
  if (match === null || power === undefined) return undefined;
  const [, whole = '', fraction = ''] = match;
  const digits = BigInt(whole + fraction.padEnd(9, '0'));
  const [base, exponent] = power;
  return exponent < 0
    ? (digits * NANO) / (NANO * base ** BigInt(-exponent))
    : digits * base ** BigInt(exponent);
}
