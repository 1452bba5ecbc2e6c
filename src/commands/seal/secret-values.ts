import { isSecretKey } from '../../definitions/secret-key.ts';
import { isRecord, type Json } from '../../manifests/objects.ts';
import { quoted } from '../../quote.ts';
import { SecretValue } from '../../secret-value.ts';
import type { Fault } from './fault.ts';

export interface SecretValues {
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly faults: readonly Fault[];
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The values of a Secret as the API server would store them: `data` decoded, and `stringData` over it. */
export function secretValues(secret: Json): SecretValues {
  const values = new Map<string, SecretValue>();
  const faults: Fault[] = [];
  for (const field of ['data', 'stringData'] as const) {
    const entries = secret[field] ?? {};
    if (!isRecord(entries)) {
      faults.push(wrong([field], 'is no mapping', 'Write its keys with their values below it.'));
      continue;
    }
    for (const [key, written] of Object.entries(entries)) {
      const value = valueOf(field, written);
      if (!isSecretKey(key)) faults.push(badKey(field, key));
      else if (typeof value === 'string') faults.push(badValue(field, key, value));
      else values.set(key, value);
    }
  }
  return { values, faults };
}

/** The value, or what is wrong with it, without a word of it. A null is an empty value to the API server. */
function valueOf(field: 'data' | 'stringData', written: unknown): SecretValue | string {
  const text = written ?? '';
  if (typeof text !== 'string') return 'is no text';
  if (field === 'stringData') return new SecretValue(text);
  const base64 = text.replaceAll(/[\r\n]/g, '');
  return BASE64.test(base64) ? new SecretValue(Buffer.from(base64, 'base64')) : 'is not base64';
}

function badKey(field: string, key: string): Fault {
  return {
    path: [field, key],
    code: 'LK-NAME',
    message: `${quoted(key)} cannot be a key of a Secret`,
    remedy: 'A key has letters, digits and - _ . only, at most 253 of them.',
  };
}

function badValue(field: string, key: string, what: string): Fault {
  const remedy =
    what === 'is no text' ? 'Put it in quotes.' : 'Encode it, or put the text itself into stringData.';
  return { ...wrong([field, key], what, remedy), code: 'LK-ENCODING' };
}

function wrong(path: Fault['path'], message: string, remedy: string): Fault {
  return { path, code: 'LK-SYNTAX', message, remedy };
}
