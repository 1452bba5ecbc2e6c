import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * Bytes of a secret. Printing, logging, inspecting or serialising one shows `[redacted]`;
 * {@link SecretValue.reveal} is the only way to the bytes, and only resolving and delivery call it.
 */
export class SecretValue {
  readonly #bytes: Uint8Array;
  /** It was given as text. Secrets Manager keeps apart what was stored as `SecretString` and what as `SecretBinary`. */
  readonly isText: boolean;

  constructor(value: Uint8Array | string) {
    this.isText = typeof value === 'string';
    this.#bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  }

  /** The bytes themselves. Never copy them into an error, a log field, a metric or an event. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  /** Length in bytes. */
  get size(): number {
    return this.#bytes.byteLength;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
