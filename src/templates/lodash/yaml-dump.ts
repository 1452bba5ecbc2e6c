import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { isList, isObject, type Js, kindOf } from './values.ts';
import { dumpedText } from './yaml-text.ts';

interface Dumping {
  readonly budget: Budget;
  /** js-yaml names an object that stands twice with an anchor; here it is refused. */
  readonly seen: Set<Js>;
}

function number(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) ? text : text.replace(/^([-+]?[0-9]+)e/, '$1.e');
}

function scalar(value: Js, level: number): string {
  if (typeof value === 'string') return dumpedText(value, level, false);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  throw new Fault(`${kindOf(value)} has no YAML`, 'Give yaml.dump what JSON.parse gives.');
}

/** `compact`: the first entry stands in the line that has begun. */
function dumped(value: Js, level: number, compact: boolean, dumping: Dumping): string {
  const { budget, seen } = dumping;
  budget.spend(1);
  const entries = isObject(value) ? [...value] : isList(value) ? value : undefined;
  if (entries === undefined) return scalar(value, level);
  if (seen.has(value)) throw new Fault('an object or array stands twice in what is dumped');
  seen.add(value);
  if (entries.length === 0) return isObject(value) ? '{}' : '[]';
  const line = `\n${' '.repeat(2 * level)}`;
  return budget.deeper(() => {
    const pieces = isObject(value)
      ? ordered(value).map(([key, item]) => pair(key, dumped(item, level + 1, false, dumping), level))
      : entries.map((item) => `- ${dumped(item, level + 1, true, dumping)}`);
    budget.string(pieces.reduce((sum, piece) => sum + piece.length + line.length, 0));
    return (compact ? '' : line) + pieces.join(line);
  });
}

/** Keys that are whole numbers come first, as in every object of JavaScript. */
function ordered(value: ReadonlyMap<string, Js>): readonly (readonly [string, Js])[] {
  return Object.entries(Object.fromEntries(value));
}

function pair(key: string, value: string, level: number): string {
  return `${dumpedText(key, level + 1, true)}:${value.startsWith('\n') ? '' : ' '}${value}`;
}

/** `yaml.dump` and `yaml.safeDump` of js-yaml 3, without its options. */
export function yamlDump([value, options]: readonly Js[], budget: Budget): string {
  if (options !== undefined) throw new Fault('yaml.dump takes no options here', 'Give it the value alone.');
  const text = dumped(value, 0, true, { budget, seen: new Set() });
  budget.string(text.length);
  return `${text}\n`;
}
