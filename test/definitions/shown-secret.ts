import type { Composed } from '../../src/definitions/recipe.ts';

/** What a Secret holds, for people: text as such, bytes in base64. */
export interface ShownSecret {
  readonly type: string;
  readonly data: Readonly<Record<string, string | { readonly base64: string }>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly immutable?: true;
}

/** A Secret as a case shows it. */
export function shown(composed: Extract<Composed, { kind: 'secret' }>): ShownSecret {
  const { type, data, labels, annotations, immutable } = composed.draft;
  const texts = [...data].map(([key, value]) => {
    const bytes = Buffer.from(value.reveal());
    const text = bytes.toString('utf8');
    return [key, Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') }] as const;
  });
  return {
    type,
    data: Object.fromEntries(texts),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(immutable !== undefined && { immutable }),
  };
}
