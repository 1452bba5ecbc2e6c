import { pathText } from './property-text.ts';

const STEP = /^(?:\.?([A-Za-z_]\w*)|\.?("(?:[^"\\]|\\.)*")|\[(0|[1-9]\d{0,8})\])/;

/**
 * The property that takes what a JMESPath expression takes, where that is a path of keys and indexes: `a."b-c"[0]`. Undefined
 * for every other expression, which annotations have no word for.
 */
export function plainJmesPath(expression: string): string | undefined {
  const steps: string[] = [];
  let rest = expression.trim();
  while (rest !== '') {
    const found = STEP.exec(rest);
    if (found === null || isMisplaced(found[0], steps.length)) return undefined;
    const [all, name, quoted, index] = found;
    const step = index === undefined ? keyOf(name, quoted) : `[${index}]`;
    if (step === undefined) return undefined;
    steps.push(steps.length === 0 || step.startsWith('[') ? step : `.${step}`);
    rest = rest.slice(all.length);
  }
  return steps.length === 0 ? undefined : steps.join('');
}

/** A path begins with a key; a dot stands before every further one. */
function isMisplaced(step: string, at: number): boolean {
  if (at === 0) return step.startsWith('.') || step.startsWith('[');
  return !step.startsWith('.') && !step.startsWith('[');
}

/** A key of digits is quoted: without, it would be the index of a list. */
function keyOf(name: string | undefined, quoted: string | undefined): string | undefined {
  if (name !== undefined) return pathText([name]);
  try {
    const key: unknown = JSON.parse(quoted ?? '');
    if (typeof key !== 'string') return undefined;
    return /^\d+$/.test(key) ? JSON.stringify(key) : pathText([key]);
  } catch {
    return undefined;
  }
}
