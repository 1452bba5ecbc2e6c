import { PREFIX } from '../../names.ts';
import { formatReference } from '../../request/reference.ts';
import type { Added } from '../edit/edit.ts';
import type { Accepted } from './accepted.ts';
import type { Existing } from './existing.ts';

export interface PlacedMembers {
  readonly annotations: readonly Added[];
  readonly results: ReadonlyMap<Accepted, readonly string[]>;
}

/** `env-from`: each reference once, behind those that are there already. */
export function placeMembers(all: readonly Accepted[], { annotations }: Existing): PlacedMembers {
  const results = new Map<Accepted, readonly string[]>();
  const lines = new Map<string, Accepted>();
  for (const each of all) {
    const references = each.wishes.members.map(({ members }) => formatReference(members.reference));
    if (references.length > 0)
      results.set(
        each,
        references.map((reference) => `${PREFIX}env-from: ${reference}`),
      );
    for (const reference of references) if (!lines.has(reference)) lines.set(reference, each);
  }
  if (lines.size === 0) return { annotations: [], results };
  const before = annotations.get('env-from')?.trimEnd();
  const text = [...(before === undefined ? [] : [before]), ...lines.keys()].join('\n');
  const commentsOf = [...new Set(lines.values())].map(({ use }) => use.path);
  const key = `${PREFIX}env-from`;
  return { annotations: [{ key, text: text.includes('\n') ? `${text}\n` : text, commentsOf }], results };
}
