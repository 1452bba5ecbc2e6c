import { isRecord, type Json } from '../../manifests/objects.ts';

/** The object without fields that are null: the API server takes them for absent. Lists keep their length. */
export function withoutNulls(object: Json): Json {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) =>
      value === null ? [] : [[name, cleaned(value)] as const],
    ),
  );
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[]).map(cleaned);
  return isRecord(value) ? withoutNulls(value) : value;
}
