import { didYouMean } from '../../nearest.ts';
import { quoted } from '../../quote.ts';
import { OPERATORS } from '../../policy/selector.ts';
import type { Expression, Selector } from '../../policy/selector.ts';
import { checkExpression } from './expression.ts';
import type { ObjectReader } from './object-reader.ts';
import type { StoreCondition } from './store.ts';

function readRequirement(reader: ObjectReader): readonly Expression[] {
  const key = reader.required('key', 'Name the label.');
  const written = reader.text('operator') ?? '';
  const values = reader.texts('values');
  const operator = OPERATORS.find((known) => known === written);
  if (operator === undefined) {
    const remedy = `Known: ${OPERATORS.join(', ')}.${didYouMean(written, OPERATORS)}`;
    reader.note('operator', { message: `${quoted(written)} is no operator`, remedy });
    return [];
  }
  if ((operator === 'In' || operator === 'NotIn') !== values.length > 0) {
    reader.note('values', {
      message: values.length > 0 ? `${operator} takes no values` : `${operator} needs values`,
      remedy: 'Write it as in any Kubernetes label selector.',
    });
  }
  return key === undefined ? [] : [{ key, operator, values }];
}

function readSelector(reader: ObjectReader): Selector {
  return {
    matchLabels: reader.textMap('matchLabels'),
    matchExpressions: reader.objects('matchExpressions').flatMap(readRequirement),
  };
}

/** `conditions` of a store: which namespaces may use it. */
export function readConditions(spec: ObjectReader): readonly StoreCondition[] {
  return spec.objects('conditions').map((reader) => {
    const selector = reader.object('namespaceSelector');
    const namespaceRegexes = reader.texts('namespaceRegexes');
    for (const [index, source] of namespaceRegexes.entries()) {
      checkExpression(reader, `namespaceRegexes[${index}]`, source);
    }
    return {
      ...(selector === undefined ? {} : { namespaceSelector: readSelector(selector) }),
      namespaces: reader.texts('namespaces'),
      namespaceRegexes,
    };
  });
}
