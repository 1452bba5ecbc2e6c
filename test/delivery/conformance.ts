// What every delivery of every pod must hold, whatever else is expected of it.

import type { Test } from 'tap';
import { isOurVariable } from '../../src/request/ours.ts';
import type { Plan } from '../../src/request/plan.ts';
import type { Container, EnvVar, Pod } from '../../src/request/pod.ts';
import { hiddenVariable } from '../../src/request/slot.ts';
import { narrowPod } from '../../src/admission/narrow-pod.ts';
import { apply } from './apply.ts';
import type { Reviewed, Surroundings } from './rounds.ts';
import { review } from './rounds.ts';
import { secondRound } from './second-round.ts';

/** Reviews a pod, and its delivered form again and again. Returns the first review's answer. */
export function conforms(t: Test, pod: Pod, surroundings: Surroundings = {}): Reviewed {
  const before = structuredClone(pod);
  const first = review(pod, surroundings);
  t.strictSame(pod, before, 'a review changes nothing of the pod that it was given');
  if (first.kind !== 'delivered') return first;
  const { operations } = first.delivered;

  const patched = narrowPod(apply(pod, operations));
  t.strictSame(strip(patched, first.plan), strip(pod, first.plan), 'nothing but what is ours has changed');
  stable(t, patched, surroundings, 'a second review');
  const aged = narrowPod(secondRound(patched));
  stable(t, aged, surroundings, 'a second review after other plugins');
  moves(t, patched, first.plan, surroundings);
  return first;
}

function stable(t: Test, pod: Pod, surroundings: Surroundings, name: string): void {
  const again = review(pod, surroundings);
  t.strictSame(
    again.kind === 'delivered' ? again.delivered.operations : again,
    [],
    `${name} has nothing to do`,
  );
}

/** A copy of an injected pod gets the names of its own Secret, by replacing nothing but names. */
function moves(t: Test, pod: Pod, plan: Plan, surroundings: Surroundings): void {
  if (plan.delivery !== 'secret') return;
  const moved = { ...surroundings, secretName: `latchkey-copy-${'4'.repeat(64)}` };
  const copy = review(pod, moved);
  if (copy.kind !== 'delivered') {
    t.fail('a copy of an injected pod is delivered');
    return;
  }
  const { operations } = copy.delivered;
  const isName = (path: string) => /\/(secretKeyRef\/name|secret\/secretName)$/.test(path);
  t.ok(
    operations.every(({ op, path }) => op === 'replace' && isName(path)),
    'a copy only changes names of Secrets',
  );
  const result = JSON.stringify(apply(pod, operations));
  t.notMatch(
    result,
    new RegExp(`"name":"${surroundings.secretName ?? 'latchkey-test-app'}`),
    'no old name is left',
  );
  stable(t, narrowPod(apply(pod, operations)), moved, 'a second review of the copy');
}

/** The pod without anything that Latchkey may add, and without the variables that asked in place. */
function strip(pod: Pod, plan: Plan): unknown {
  const copy = JSON.parse(JSON.stringify(pod), (key, value: unknown) => dropEmpty(key, value)) as Pod;
  const { metadata, spec } = copy;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key !== 'latchkey.dev/status' && key !== 'latchkey.dev/in-place',
  );
  return {
    ...copy,
    metadata: { ...metadata, annotations: Object.fromEntries(annotations) },
    spec: {
      ...spec,
      volumes: (spec.volumes ?? []).filter(({ name }) => !name.startsWith('latchkey-')),
      initContainers: (spec.initContainers ?? [])
        .filter(({ name }) => !name.startsWith('latchkey-'))
        .map((container) => stripContainer(container, plan)),
      containers: spec.containers.map((container) => stripContainer(container, plan)),
    },
  };
}

function dropEmpty(key: string, value: unknown): unknown {
  return ['env', 'volumeMounts'].includes(key) && Array.isArray(value) && value.length === 0
    ? undefined
    : value;
}

function stripContainer(container: Container, plan: Plan): unknown {
  const env = (container.env ?? []).filter((entry) => !isOurs(entry, container.name, plan));
  const mounts = (container.volumeMounts ?? []).filter(({ name }) => !name.startsWith('latchkey-'));
  return { ...container, env, volumeMounts: mounts };
}

function isOurs(entry: EnvVar, container: string, plan: Plan): boolean {
  const asksInPlace = plan.inPlace.some(
    (inPlace) =>
      inPlace.container === container &&
      (inPlace.variable === entry.name ||
        inPlace.references.some((_, index) => hiddenVariable(inPlace.variable, index) === entry.name)),
  );
  if (asksInPlace) return true;
  const isItem = plan.items.some(({ slot }) => slot.kind === 'env' && slot.name === entry.name);
  const isAsked = isItem || entry.value?.startsWith('value of ') === true;
  return (
    isOurVariable(entry, { kind: 'env', name: entry.name }) ||
    (plan.delivery === 'plaintext' && isAsked && plan.targets.includes(container))
  );
}
