import type { Json } from '../support/api.ts';

/** What a `fieldRef` gives, as the downward API writes it; '' where there is nothing. */
export function fieldOf(pod: Json, path: string): string {
  const [, map = '', key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (map !== '') return String(pod.metadata[map]?.[key] ?? '');
  const value = path.split('.').reduce<Json>((object, name) => object?.[name], pod);
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  // Labels and annotations as a whole.
  return Object.entries(value)
    .map(([name, text]) => `${name}=${JSON.stringify(text)}`)
    .join('\n');
}
