import { selectorMatches } from '../../policy/selector.ts';
import { printable, quoted } from '../../quote.ts';
import type { DefinitionContext } from '../recipe.ts';
import { compileExpression } from './expression.ts';
import { storePlace, storeTitle } from './external-secret.ts';
import type { Notes } from './notes.ts';
import type { EsoStore, StoreCondition } from './store.ts';

/** The API server puts a namespace's name on it as a label, and selectors go by it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

type Namespace = Pick<DefinitionContext, 'namespace' | 'namespaceLabels'>;

function holds(condition: StoreCondition, { namespace, namespaceLabels }: Namespace): boolean {
  const labels = { ...namespaceLabels, [NAME_LABEL]: namespace };
  const { namespaceSelector, namespaces, namespaceRegexes } = condition;
  if (namespaceSelector !== undefined && selectorMatches(namespaceSelector, labels)) return true;
  if (namespaces.includes(namespace)) return true;
  return namespaceRegexes.some((source) => compileExpression(source).test(namespace));
}

function requirements({ namespaceSelector }: StoreCondition): readonly string[] {
  if (namespaceSelector === undefined) return [];
  const { matchLabels, matchExpressions } = namespaceSelector;
  return [
    ...[...matchLabels].map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) => `${key} ${operator} ${values.join('|')}`.trim()),
  ];
}

/** One condition in the words of its fields. */
function told(condition: StoreCondition): string {
  const selector = requirements(condition);
  const parts = [
    ...(selector.length === 0 ? [] : [`namespaceSelector ${selector.join(', ')}`]),
    ...(condition.namespaces.length === 0 ? [] : [`namespaces ${condition.namespaces.join(', ')}`]),
    ...(condition.namespaceRegexes.length === 0
      ? []
      : [`namespaceRegexes ${condition.namespaceRegexes.join(', ')}`]),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(' or ');
}

/**
 * Notes (LK-POLICY) when a ClusterSecretStore's conditions leave the namespace out. Any condition is enough, and any part
 * of one; a store without conditions serves all.
 */
export function checkConditions(store: EsoStore, context: Namespace, notes: Notes): void {
  const { conditions } = store;
  if (conditions.length === 0 || conditions.some((condition) => holds(condition, context))) return;
  notes.add(storePlace(store, 'spec.conditions'), {
    code: 'LK-POLICY',
    message: `namespace ${quoted(context.namespace)} may not use ${storeTitle(store)}, which serves ${printable(conditions.map(told).join('; or '), 300)}`,
    remedy: "Add the namespace to the store's conditions, or name another store.",
  });
}
