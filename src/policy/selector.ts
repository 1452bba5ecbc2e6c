/** A Kubernetes label selector over a namespace's labels; all requirements hold together. */
export interface Selector {
  readonly matchLabels: ReadonlyMap<string, string>;
  readonly matchExpressions: readonly Expression[];
}

export const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Expression {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** As the API server's selectors: `NotIn` also holds where the label is absent; no requirement holds for everything. */
export function selectorMatches(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of selector.matchLabels) {
    if (labelOf(labels, key) !== value) return false;
  }
  return selector.matchExpressions.every((expression) => expressionHolds(expression, labels));
}

function expressionHolds(expression: Expression, labels: Readonly<Record<string, string>>): boolean {
  const value = labelOf(labels, expression.key);
  switch (expression.operator) {
    case 'In':
      return value !== undefined && expression.values.includes(value);
    case 'NotIn':
      return value === undefined || !expression.values.includes(value);
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
