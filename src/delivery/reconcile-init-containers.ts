import {
  CONTAINER_FETCH,
  CONTAINER_GUARD,
  CONTAINER_VOLUMES,
  FETCH_PLAN_VARIABLE,
  SENTINEL_VARIABLE,
} from '../names.ts';
import type { Container, Pod } from '../request/pod.ts';
import { converge } from './converge.ts';
import type { OurContainer } from './desired.ts';
import { CLEARED_VARIABLES } from './fetch-container.ts';
import { editList } from './operations.ts';
import type { ListEdit } from './operations.ts';
import type { Reconciled } from './reconcile.ts';
import { isOfPart, isReserved, reservedContainer, type Part } from './reserved.ts';

/** What would make another program of our container than the one that we wrote. Nobody adds these by default. */
const FOREIGN_FIELDS = [
  'command',
  'envFrom',
  'lifecycle',
  'restartPolicy',
  'restartPolicyRules',
  'workingDir',
] as const;

/** What each of our containers is started with, and the variable that it reads. */
const PROGRAMS: ReadonlyMap<string, { readonly args: string; readonly variable: string }> = new Map([
  [CONTAINER_FETCH, { args: 'fetch', variable: FETCH_PLAN_VARIABLE }],
  [CONTAINER_GUARD, { args: 'fetch --guard', variable: SENTINEL_VARIABLE }],
  [CONTAINER_VOLUMES, { args: 'fetch', variable: FETCH_PLAN_VARIABLE }],
]);

/**
 * Puts our init containers first (what others prepended since may stay before them), brings those of an earlier review
 * up to date and removes what is left of one. A container with one of our names that is not ours is a problem.
 */
export function reconcileInitContainers(pod: Pod, wanted: readonly OurContainer[], part: Part): Reconciled {
  const inits = pod.spec.initContainers ?? [];
  const planted = [
    ...pod.spec.containers.filter(({ name }) => isReserved(name)),
    ...inits.filter(({ name }) => isReserved(name)).filter((container) => !isOurs(container)),
  ];
  if (planted.length > 0)
    return { operations: [], problems: planted.map(({ name }) => reservedContainer(name)) };
  const edit = editList<Container>('/spec/initContainers', pod.spec.initContainers);
  for (let index = edit.now.length - 1; index >= 0; index -= 1) {
    const name = edit.now[index]?.name ?? '';
    if (isOfPart(part, name) && !wanted.some((container) => container.name === name)) edit.remove(index);
  }
  let front = 0;
  for (const container of wanted) {
    const index = edit.now.findIndex(({ name }) => name === container.name);
    const found = edit.now[index];
    if (found === undefined) edit.insert(front, container);
    else update(edit, index, container);
    front = (found === undefined ? front : index) + 1;
  }
  return { operations: edit.operations(), problems: [] };
}

function update(edit: ListEdit<Container>, index: number, wanted: OurContainer): void {
  const found = edit.now[index];
  if (found === undefined) return;
  const mounts = editList(`${edit.at(index)}/volumeMounts`, found.volumeMounts);
  const names = new Set((wanted.volumeMounts ?? []).map(({ name }) => name));
  // A volume of ours that is not needed any more goes away, and its mount must go with it.
  for (let at = mounts.now.length - 1; at >= 0; at -= 1) {
    const name = mounts.now[at]?.name ?? '';
    if (isReserved(name) && !names.has(name)) mounts.remove(at);
  }
  edit.within(mounts.operations());
  const left = found.volumeMounts === undefined ? found : { ...found, volumeMounts: mounts.now };
  edit.within(converge(edit.at(index), wanted, { ...left }));
}

function isOurs(container: Container): boolean {
  const program = PROGRAMS.get(container.name);
  if (program === undefined) return false;
  const fields = new Map<string, unknown>(Object.entries(container));
  const args = fields.get('args');
  const variables = (container.env ?? []).map((entry) => entry.name);
  return (
    Array.isArray(args) &&
    args.join(' ') === program.args &&
    FOREIGN_FIELDS.every((field) => !fields.has(field)) &&
    variables.includes(program.variable) &&
    // The last entry of a name wins: a second one would undo what the first one says.
    [program.variable, ...CLEARED_VARIABLES].every(
      (variable) => variables.indexOf(variable) === variables.lastIndexOf(variable),
    )
  );
}
