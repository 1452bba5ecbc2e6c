// Searches over names and tags, as DescribeParameters and ListSecrets filter.

import { textOf, textsOf } from './aws-double-answer.ts';
import type { JsonInput } from './aws-double-answer.ts';

/** What a search looks at. */
export interface Searchable {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Tags as both services answer them. */
export function tagList({ tags }: Searchable): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** `ParameterFilters` of DescribeParameters: `Path` (recursive) and `tag:KEY`. */
export function parameterFilter(input: JsonInput): (parameter: Searchable) => boolean {
  const filters = filtersIn(input['ParameterFilters']);
  return ({ name, tags }) =>
    filters.every(({ key, values }) =>
      key === 'Path'
        ? values.some((path) => name.startsWith(path.endsWith('/') ? path : `${path}/`))
        : values.includes(tags[key.replace(/^tag:/, '')] ?? ''),
    );
}

/** `Filters` of ListSecrets: each is a list of prefixes, and keys and values of tags are matched apart. */
export function secretFilter(input: JsonInput): (secret: Searchable) => boolean {
  const filters = filtersIn(input['Filters']);
  return ({ name, tags }) => {
    const texts = (key: string): readonly string[] =>
      key === 'name' ? [name] : key === 'tag-key' ? Object.keys(tags) : Object.values(tags);
    return filters.every(({ key, values }) =>
      values.some((value) => texts(key).some((text) => text.startsWith(value))),
    );
  };
}

/** One page, with the token of the next. */
export function page<Item>(items: readonly Item[], input: JsonInput, size: number) {
  const start = Number(input['NextToken'] ?? 0);
  const end = start + Number(input['MaxResults'] ?? size);
  return { items: items.slice(start, end), ...(end < items.length ? { NextToken: String(end) } : {}) };
}

function filtersIn(value: unknown): readonly { readonly key: string; readonly values: readonly string[] }[] {
  if (!Array.isArray(value)) return [];
  return value.map((filter: JsonInput) => ({
    key: textOf(filter['Key']),
    values: textsOf(filter['Values']),
  }));
}
