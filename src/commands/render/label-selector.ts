import { isRecord, type Json, recordAt, textAt, textsAt } from '../../manifests/objects.ts';

/** The selector of a workload's pods as the API takes it in a query; undefined where it has none, as a CronJob. */
export function labelSelectorOf(workload: unknown): string | undefined {
  const spec = recordAt(workload, 'spec');
  const selector = recordAt(spec, 'selector');
  const isPlain = textAt(workload, 'kind') === 'ReplicationController';
  const labels = isPlain ? textsAt(spec, 'selector') : textsAt(selector, 'matchLabels');
  const { matchExpressions } = selector;
  const expressions = Array.isArray(matchExpressions) ? matchExpressions.filter(isRecord) : [];
  const terms = [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...expressions.map(termOf),
  ];
  return terms.length === 0 ? undefined : terms.join(',');
}

function termOf(expression: Json): string {
  const key = textAt(expression, 'key') ?? '';
  const { values } = expression;
  const list = `(${Array.isArray(values) ? values.join(',') : ''})`;
  switch (textAt(expression, 'operator')) {
    case 'In':
      return `${key} in ${list}`;
    case 'NotIn':
      return `${key} notin ${list}`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return key;
  }
}
