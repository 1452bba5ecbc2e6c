import { createHash } from 'node:crypto';

import { createLru } from '../stores/lru.ts';
import type { SecretValue } from '../secret-value.ts';

/** What is known of one ciphertext under one label. */
export interface Known {
  /** Of the key that opened it. */
  readonly openedBy?: { readonly fingerprint: string; readonly value?: SecretValue };
  /** Fingerprints of keys that did not. */
  readonly closedTo?: ReadonlySet<string>;
}

/**
 * Remembers what became of ciphertexts. The key of an entry is ciphertext and label together, and what was opened counts
 * only while the key that opened it is in use: so the same text in another namespace never opens by what is known here.
 */
export interface OpenedMemory {
  get(id: string): Known;
  opened(id: string, fingerprint: string, value: SecretValue): void;
  closed(id: string, fingerprint: string): void;
}

export interface MemoryLimits {
  /** How many values are kept at most, and how many bytes of them together. */
  readonly values: number;
  readonly bytes: number;
  /** For how many ciphertexts it is known which key opens them, and for how many which do not. */
  readonly keys: number;
  readonly failures: number;
}

/** @param label of the scope, namespace and name for which it is opened */
export function ciphertextId(text: string, label: string): string {
  return createHash('sha256')
    .update(`${String(label.length)}:${label}${text}`)
    .digest('base64');
}

export function createOpenedMemory(limits: MemoryLimits): OpenedMemory {
  const fingerprints = createLru<string>(limits.keys);
  const failures = createLru<Set<string>>(limits.failures);
  const values = new Map<string, SecretValue>();
  let bytes = 0;

  function forget(id: string): void {
    bytes -= values.get(id)?.size ?? 0;
    values.delete(id);
  }

  function keep(id: string, value: SecretValue): void {
    forget(id);
    values.set(id, value);
    bytes += value.size;
    for (const oldest of values.keys()) {
      if (values.size <= limits.values && bytes <= limits.bytes) break;
      forget(oldest);
    }
  }

  return {
    get(id) {
      const fingerprint = fingerprints.get(id);
      const closedTo = failures.get(id);
      const value = values.get(id);
      if (value !== undefined) keep(id, value);
      return {
        ...(fingerprint === undefined
          ? {}
          : { openedBy: { fingerprint, ...(value === undefined ? {} : { value }) } }),
        ...(closedTo === undefined ? {} : { closedTo }),
      };
    },
    opened(id, fingerprint, value) {
      fingerprints.set(id, fingerprint);
      failures.delete(id);
      keep(id, value);
    },
    closed(id, fingerprint) {
      const closedTo = failures.get(id) ?? new Set();
      failures.set(id, closedTo.add(fingerprint));
    },
  };
}
