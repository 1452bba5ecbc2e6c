// What a real API server's validation refuses of the objects that Latchkey writes.

export interface Invalid {
  readonly field: string;
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueTooLong' | 'FieldValueForbidden';
  readonly message: string;
}

type Json = Readonly<Record<string, unknown>>;

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DATA_KEY = /^[-._a-zA-Z0-9]+$/;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const MAX_SECRET = 1024 * 1024;
const MAX_ANNOTATIONS = 256 * 1024;

export function invalidSecret(secret: Json): readonly Invalid[] {
  return [...invalidMetadata(asObject(secret['metadata'])), ...invalidData(secret), ...invalidType(secret)];
}

export function invalidTokenRequest(spec: Json): readonly Invalid[] {
  const seconds = spec['expirationSeconds'] ?? 3600;
  const invalid: Invalid[] = [];
  if (typeof seconds !== 'number' || seconds < 600) {
    invalid.push({
      field: 'spec.expirationSeconds',
      reason: 'FieldValueInvalid',
      message: 'may not specify a duration less than 10 minutes',
    });
  }
  if (spec['audiences'] !== undefined && !Array.isArray(spec['audiences'])) {
    invalid.push({ field: 'spec.audiences', reason: 'FieldValueInvalid', message: 'must be a list' });
  }
  return invalid;
}

function invalidMetadata(metadata: Json): readonly Invalid[] {
  const name = metadata['name'];
  const invalid: Invalid[] = [];
  if (typeof name !== 'string' || name.length > 253 || !SUBDOMAIN.test(name)) {
    invalid.push({
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: 'must be a DNS-1123 subdomain',
    });
  }
  for (const [key, value] of Object.entries(asObject(metadata['labels']))) {
    if (!isQualifiedName(key) || typeof value !== 'string' || value.length > 63 || !LABEL_VALUE.test(value)) {
      invalid.push({ field: 'metadata.labels', reason: 'FieldValueInvalid', message: `label ${key}` });
    }
  }
  let annotationBytes = 0;
  for (const [key, value] of Object.entries(asObject(metadata['annotations']))) {
    annotationBytes += key.length + Buffer.byteLength(String(value));
    if (!isQualifiedName(key.toLowerCase()) || typeof value !== 'string') {
      invalid.push({
        field: 'metadata.annotations',
        reason: 'FieldValueInvalid',
        message: `annotation ${key}`,
      });
    }
  }
  if (annotationBytes > MAX_ANNOTATIONS) {
    invalid.push({ field: 'metadata.annotations', reason: 'FieldValueTooLong', message: 'Too long' });
  }
  return [...invalid, ...invalidOwners(metadata['ownerReferences'])];
}

function invalidOwners(references: unknown): readonly Invalid[] {
  if (references === undefined) return [];
  if (!Array.isArray(references)) {
    return [{ field: 'metadata.ownerReferences', reason: 'FieldValueInvalid', message: 'must be a list' }];
  }
  return references.flatMap((reference: Json, index): Invalid[] =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter((field) => typeof reference[field] !== 'string' || reference[field] === '')
      .map((field) => ({
        field: `metadata.ownerReferences[${index}].${field}`,
        reason: 'FieldValueInvalid',
        message: `${field} must not be empty`,
      })),
  );
}

function invalidData(secret: Json): readonly Invalid[] {
  const invalid: Invalid[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(asObject(secret['data']))) {
    if (key.length > 253 || !DATA_KEY.test(key) || key === '.' || key.startsWith('..')) {
      invalid.push({
        field: `data[${key}]`,
        reason: 'FieldValueInvalid',
        message: 'a valid config key must consist of …',
      });
    }
    if (typeof value !== 'string' || Buffer.from(value, 'base64').toString('base64') !== value) {
      invalid.push({ field: `data[${key}]`, reason: 'FieldValueInvalid', message: 'illegal base64 data' });
      continue;
    }
    total += Buffer.from(value, 'base64').byteLength;
  }
  if (total > MAX_SECRET) {
    invalid.push({
      field: 'data',
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MAX_SECRET} bytes`,
    });
  }
  return invalid;
}

function invalidType(secret: Json): readonly Invalid[] {
  if (secret['type'] !== 'kubernetes.io/service-account-token') return [];
  return [{ field: 'metadata.annotations', reason: 'FieldValueRequired', message: 'Required value' }];
}

/** `prefix/name`, as labels and annotations have it. */
function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const prefixed = prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix));
  return parts.length <= 2 && name.length <= 63 && NAME_PART.test(name) && prefixed;
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
