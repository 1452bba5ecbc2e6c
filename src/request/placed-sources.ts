import type { Place, Plan, Source } from './plan.ts';

/** A reference of a plan, and where it was written. */
export interface PlacedSource {
  readonly source: Source;
  readonly place: Place;
}

/** Every reference of a plan, those of items first. */
export function placedSources({ items, bulks }: Pick<Plan, 'items' | 'bulks'>): readonly PlacedSource[] {
  const ofItems = items.flatMap(({ template, place }) =>
    template.flatMap((part) => (typeof part === 'string' ? [] : [{ source: part, place }])),
  );
  return [...ofItems, ...bulks.map(({ source, place }) => ({ source, place }))];
}
