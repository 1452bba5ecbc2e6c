/** A value of DER (X.690): its tag, and its content. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

export const SEQUENCE = 0x30;
export const OCTET_STRING = 0x04;

/** The values that stand one behind the other; undefined for what is no DER. */
export function derValues(bytes: Buffer): readonly DerValue[] | undefined {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const [start, length] = lengthAt(bytes, at + 1);
    const end = start + length;
    if (end > bytes.length || start < 0) return undefined;
    values.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, end) });
    at = end;
  }
  return values;
}

/** Where the content begins, and how long it is. */
function lengthAt(bytes: Buffer, at: number): readonly [start: number, length: number] {
  const first = bytes[at] ?? 0xff;
  if (first < 0x80) return [at + 1, first];
  const size = first & 0x7f;
  if (size === 0 || size > 4 || at + 1 + size > bytes.length) return [-1, 0];
  return [at + 1 + size, bytes.readUIntBE(at + 1, size)];
}
