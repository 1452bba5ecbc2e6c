import { LatchkeyError } from '../errors.ts';
import { printable, quoted } from '../quote.ts';
import { SecretValue } from '../secret-value.ts';
import type { Evaluated, Evaluation, Filled } from './evaluate.ts';
import { membersOf } from './evaluate-members.ts';
import { pathConflicts } from './file-conflicts.ts';
import type { Bulk, Item } from './plan.ts';
import type { Problems } from './problems.ts';
import { attempt, problemAt } from './problems.ts';
import { dataKey } from './slot.ts';
import { checkVariable } from './variable-value.ts';

/** A member that is to be delivered, unless an item or another member stands against it. */
interface Candidate extends Filled {
  readonly bulk: Bulk;
  readonly origin: string;
}

function candidatesOf(
  { documents, problems }: Evaluation,
  bulk: Bulk,
  warnings: string[],
): readonly Candidate[] {
  const text = bulk.source.text;
  const found = attempt(problems, bulk.place, () => membersOf(documents, bulk), text);
  if (found === undefined) return [];
  warnings.push(...found.warnings);
  return found.members.map(({ key, slot, bytes }) => {
    const origin = `member ${quoted(key)} of ${printable(text)}`;
    return { slot, value: new SecretValue(bytes), bulk, origin };
  });
}

function checkValue({ parts, problems }: Evaluation, { slot, value, bulk, origin }: Candidate): void {
  if (slot.kind !== 'env') return;
  const place = { label: `${bulk.place.label}, ${origin}`, field: bulk.place.field };
  attempt(problems, place, () => checkVariable(slot.name, value.reveal(), parts.delivery));
}

/** By Kubernetes' rules for `envFrom`, an item of its own wins over a member, silently. */
function withoutItems(items: readonly Item[], candidates: readonly Candidate[]): readonly Candidate[] {
  const taken = new Set(items.map(({ slot }) => dataKey(slot)));
  return candidates.filter(({ slot }) => !taken.has(dataKey(slot)));
}

function checkVariables(candidates: readonly Candidate[], problems: Problems): void {
  const first = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { slot, bulk, origin } = candidate;
    if (slot.kind !== 'env') continue;
    const other = first.get(slot.name);
    if (other === undefined) {
      first.set(slot.name, candidate);
      continue;
    }
    const message = `${other.origin} and ${origin} both become ${quoted(slot.name)}`;
    const remedy = 'Give one of them a prefix=, or name its members with keys=.';
    problems.push(problemAt(bulk.place, new LatchkeyError('LK-CONFLICT', message, remedy)));
  }
}

function checkFiles(items: readonly Item[], candidates: readonly Candidate[], problems: Problems): void {
  const files = candidates.flatMap(({ slot, origin, bulk }) =>
    slot.kind === 'file' ? [{ path: slot.path, origin, place: bulk.place, name: origin }] : [],
  );
  const asked = items.flatMap(({ slot, place }) =>
    slot.kind === 'file' ? [{ path: slot.path, origin: place.field, place, name: place.label }] : [],
  );
  const all = [...asked, ...files];
  for (const { index, error } of pathConflicts(all)) {
    const found = all[index];
    if (found === undefined) continue;
    const named = new LatchkeyError(error.code, `${found.name}: ${error.message}`, error.remedy);
    problems.push(problemAt(found.place, named));
  }
}

/** The members of `env-from` and `files-from`. Two that become one variable or file are a problem that names both. */
export function evaluateBulks(evaluation: Evaluation): Pick<Evaluated, 'filled' | 'warnings'> {
  const { parts, problems } = evaluation;
  const warnings: string[] = [];
  const all = parts.bulks.flatMap((bulk) => candidatesOf(evaluation, bulk, warnings));
  const candidates = withoutItems(parts.items, all);
  checkVariables(candidates, problems);
  for (const candidate of candidates) checkValue(evaluation, candidate);
  if (candidates.some(({ slot }) => slot.kind === 'file')) checkFiles(parts.items, candidates, problems);
  return { filled: candidates.map(({ slot, value }) => ({ slot, value })), warnings };
}
