// Pods, plans and answers as literals, for the tests of src/request.

import fc from 'fast-check';
import { LatchkeyError } from '../../src/errors.ts';
import type { Problem } from '../../src/errors.ts';
import type { Answers, Evaluated, Fetched } from '../../src/request/evaluate.ts';
import { makePlan } from '../../src/request/make-plan.ts';
import type { Address, Plan, PlanDefaults, Planned } from '../../src/request/plan.ts';
import type { Container, Pod, PodSpec } from '../../src/request/pod.ts';
import { slotLabel } from '../../src/request/slot.ts';
import { SecretValue } from '../../src/secret-value.ts';

export const defaults: PlanDefaults = {
  namespace: 'shop',
  namespaceAnnotations: {},
  region: 'eu-central-1',
  delivery: 'secret',
  skipContainers: ['istio-proxy'],
};

export const app: Container = { name: 'app', image: 'app:1' };

/** A pod of one container, with annotations named without their prefix. */
export function podOf(annotations: Readonly<Record<string, string>>, spec: Partial<PodSpec> = {}): Pod {
  const prefixed = Object.entries(annotations).map(([name, text]) => [`latchkey.dev/${name}`, text]);
  return { metadata: { annotations: Object.fromEntries(prefixed) }, spec: { containers: [app], ...spec } };
}

export function planned(pod: Pod, changed: Partial<PlanDefaults> = {}): Planned {
  return makePlan(pod, { ...defaults, ...changed });
}

/** The plan of a pod that has one. */
export function planFor(pod: Pod, changed: Partial<PlanDefaults> = {}): Plan {
  const result = planned(pod, changed);
  if (result.kind !== 'plan') throw new Error(`no plan: ${JSON.stringify(result)}`);
  return result.plan;
}

/** The problems of a pod that has some. */
export function problemsFor(pod: Pod, changed: Partial<PlanDefaults> = {}): readonly Problem[] {
  const result = planned(pod, changed);
  if (result.kind !== 'problems') throw new Error(`no problems: ${JSON.stringify(result)}`);
  return result.problems;
}

/** `CODE place`, for tables. */
export function shortly(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, place }) => `${code} ${place}`);
}

/** What a function throws, which must be a LatchkeyError. */
export function thrown(run: () => unknown): LatchkeyError {
  try {
    run();
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export function fetchedOf(value: string | Uint8Array, name = ''): Fetched {
  return { value: new SecretValue(value), version: '1', arn: '', name };
}

type Content = string | Uint8Array | LatchkeyError;

/** Answers by the address's name; below a path, everything whose name begins with it. */
export function answersOf(contents: Readonly<Record<string, Content>>): Answers {
  const values = new Map(Object.entries(contents));
  return {
    one: ({ name }: Address) => {
      const found = values.get(name) ?? new LatchkeyError('LK-NOT-FOUND', 'does not exist', 'Create it.');
      return found instanceof LatchkeyError ? found : fetchedOf(found, name);
    },
    many: ({ name }: Address) => {
      const direct = values.get(name);
      if (direct instanceof LatchkeyError) return direct;
      const path = name === '/' ? '/' : `${name}/`;
      return [...values].flatMap(([each, content]) =>
        each.startsWith(path) && !(content instanceof LatchkeyError) ? [fetchedOf(content, each)] : [],
      );
    },
  };
}

/** Slot labels to texts. */
export function texts({ filled }: Evaluated): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filled.map(({ slot, value }) => [slotLabel(slot), Buffer.from(value.reveal()).toString('utf8')]),
  );
}

/** Any text at all: controls, separators and halves of surrogate pairs among it. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));
