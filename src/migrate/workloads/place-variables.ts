import { quoted } from '../../quote.ts';
import { PREFIX } from '../../names.ts';
import { isVariableName } from '../../request/env-names.ts';
import { expansionTokens } from '../../request/kubelet-expansion.ts';
import { formatReference } from '../../request/reference.ts';
import { formatTemplate } from '../../request/template.ts';
import { isReference, type Meaning, notConvertible } from '../definitions/meaning.ts';
import type { Added, Edit } from '../edit/edit.ts';
import type { Accepted, Rejections } from './accepted.ts';
import type { PlacedContainer } from './uses.ts';

/** A variable with the container that has it. */
interface Wanted {
  readonly from: Accepted;
  readonly container: PlacedContainer;
  readonly name: string;
  readonly meaning: Meaning;
}

export interface PlacedVariables {
  readonly annotations: readonly Added[];
  readonly edits: readonly Edit[];
  /** What each use became, in words. */
  readonly results: ReadonlyMap<Accepted, readonly string[]>;
}

/** An annotation's name has at most 63 characters, `env.` among them. */
const LONGEST_NAME = 59;

function wantedOf(all: readonly Accepted[]): readonly Wanted[] {
  return all.flatMap((from) => {
    const { use, wishes } = from;
    if (use.kind === 'volume') return [];
    return wishes.variables.map(({ name, meaning }) => ({ from, container: use.container, name, meaning }));
  });
}

/** Of one container's variables of one name the last one counts, as among `envFrom`. */
function lastOfEach(wanted: readonly Wanted[]): readonly Wanted[] {
  const byName = new Map(wanted.map((each) => [JSON.stringify([each.container.name, each.name]), each]));
  return [...byName.values()];
}

interface OwnVariable {
  readonly name?: unknown;
  readonly value?: unknown;
}

function ownVariables({ value }: PlacedContainer): readonly OwnVariable[] {
  return Array.isArray(value['env']) ? (value['env'] as readonly OwnVariable[]) : [];
}

function refersTo({ value }: OwnVariable, name: string): boolean {
  return typeof value === 'string' && expansionTokens(value).some(({ variable }) => variable === name);
}

/** Injected variables come first, so that a value which stands before this one would see it from now on. */
function isSeenBefore({ container, name, from: { use } }: Wanted): boolean {
  const at = use.kind === 'variable' ? Number(use.path.at(-1)) : 0;
  return ownVariables(container)
    .slice(0, at)
    .some((own) => refersTo(own, name));
}

function isConstant({ content }: Meaning): boolean {
  return !content.some(isReference);
}

/** The variables that can be annotations: the same in all containers that annotations speak to, and in no other. */
function asAnnotations(wanted: readonly Wanted[], targets: readonly string[]): ReadonlySet<Wanted> {
  const groups = new Map<string, Wanted[]>();
  for (const each of wanted) {
    const key = JSON.stringify([each.name, formatTemplate(each.meaning.content)]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const chosen = [...groups.values()].filter((group) => {
    const [first] = group;
    if (first === undefined || isConstant(first.meaning) || group.length !== targets.length) return false;
    if (!isVariableName(first.name) || first.name.length > LONGEST_NAME || first.name.endsWith('_'))
      return false;
    return group.every((each) => targets.includes(each.container.name) && !isSeenBefore(each));
  });
  return new Set(chosen.flat());
}

/** The value in place: text as the kubelet leaves it, references for this container only. */
function inPlaceText({ content }: Meaning): string {
  const [only] = content;
  if (content.length === 1 && only !== undefined && isReference(only))
    return `latchkey:${formatReference(only)}`;
  return content
    .map((part) => {
      if (isReference(part)) return `((latchkey:${formatReference(part)}))`;
      if (/latchkey:/i.test(part)) throw notConvertible('its text holds "latchkey:" itself');
      return part.replaceAll('$', '$$$$');
    })
    .join('');
}

function checkOnce({ container, name }: Wanted): void {
  const same = ownVariables(container).filter((own) => own.name === name);
  if (same.length > 1)
    throw notConvertible(`the container sets ${quoted(name)} more than once`, 'Remove one.');
}

function resultOf(wanted: Wanted, isAnnotation: boolean): string {
  if (isAnnotation) return `${PREFIX}env.${wanted.name}: ${formatTemplate(wanted.meaning.content)}`;
  const value = isConstant(wanted.meaning) ? 'the constant of the template' : inPlaceText(wanted.meaning);
  return wanted.from.use.kind === 'variable' ? `value: ${value}` : `env ${wanted.name}: ${value}`;
}

/** Puts every variable into an annotation or in place; what goes nowhere is rejected. */
export function placeVariables(
  all: readonly Accepted[],
  targets: readonly string[],
  rejected: Rejections,
): PlacedVariables {
  const wanted = lastOfEach(wantedOf(all));
  const shared = asAnnotations(wanted, targets);
  const annotations = new Map<string, Added>();
  const edits: Edit[] = [];
  const results = new Map<Accepted, string[]>();
  for (const each of wanted) {
    const { from, name, meaning, container } = each;
    try {
      checkOnce(each);
      results.set(from, [...(results.get(from) ?? []), resultOf(each, shared.has(each))]);
      if (shared.has(each)) {
        const key = `${PREFIX}env.${name}`;
        const commentsOf = [...(annotations.get(key)?.commentsOf ?? []), from.use.path];
        annotations.set(key, { key, text: formatTemplate(meaning.content), commentsOf });
      } else edits.push(inPlaceEdit(each, container));
    } catch (error) {
      rejected.set(from, notConvertible(error instanceof Error ? error.message : ''));
    }
  }
  return { annotations: [...annotations.values()], edits: joinedPrepends(edits), results };
}

function inPlaceEdit({ from, name, meaning }: Wanted, container: PlacedContainer): Edit {
  const text = inPlaceText(meaning);
  if (from.use.kind === 'variable')
    return { kind: 'replace', path: [...from.use.path, 'valueFrom'], key: 'value', text };
  return { kind: 'prepend', path: [...container.path, 'env'], variables: [{ name, value: text }] };
}

/** One change for each list, in the order in which the variables were asked for. */
function joinedPrepends(edits: readonly Edit[]): readonly Edit[] {
  const prepends = new Map<string, Extract<Edit, { kind: 'prepend' }>>();
  const others: Edit[] = [];
  for (const edit of edits) {
    if (edit.kind !== 'prepend') {
      others.push(edit);
      continue;
    }
    const key = JSON.stringify(edit.path);
    const before = prepends.get(key)?.variables ?? [];
    prepends.set(key, { ...edit, variables: [...before, ...edit.variables] });
  }
  return [...others, ...prepends.values()];
}
