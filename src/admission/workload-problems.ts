import { isIndefinite, type LatchkeyError, type Problem } from '../errors.ts';
import type { KubernetesObject } from '../manifests/objects.ts';
import { NOT_A_POD } from '../manifests/plan-template.ts';
import type { PodTemplate } from '../manifests/pod-templates.ts';
import { type StrayAnnotation, strayWording } from '../manifests/stray-annotations.ts';
import { PREFIX } from '../names.ts';
import { printable } from '../quote.ts';
import { problemsOf } from './problems.ts';

type Template = PodTemplate<KubernetesObject>;
type NonEmpty<T> = readonly [T, ...T[]];

// Nor do these say anything of what was asked for. A service account may be applied a moment after its workload.
const UNDECIDED = new Set(['LK-KUBERNETES', 'LK-INTERNAL', 'LK-OVERLOADED', 'LK-NO-SERVICE-ACCOUNT']);

/** A no that will be the same when the workload's pods are created, as far as anybody can tell. */
export function isDefinite(problem: Problem): boolean {
  return !isIndefinite(problem) && !UNDECIDED.has(problem.code);
}

/**
 * A pod's problems as those of its template: in the same words, with fields from the workload's top. Nobody applies a
 * workload a second time by himself, as a controller does with its pods.
 */
export function inTemplate(problems: NonEmpty<Problem>, { path }: Template): NonEmpty<Problem> {
  const [first, ...rest] = problems;
  const place = (problem: Problem): Problem => ({
    ...problem,
    field: /^(metadata|spec)\b/.test(problem.field) ? [...path, problem.field].join('.') : problem.field,
    recovers: false,
  });
  return [place(first), ...rest.map(place)];
}

/** An annotation on the workload itself, where nothing of it reaches a pod. */
export function strayProblem(stray: StrayAnnotation, template: Template): Problem {
  const key = PREFIX + printable(stray.key.slice(PREFIX.length));
  const wording = strayWording({ ...stray, key }, template);
  return { ...wording, field: `${stray.metadata.join('.')}.annotations[${key}]` };
}

/** An error that stopped a review, as its refusal; `undefined` where it says nothing about the workload. */
export function refusalOf(error: LatchkeyError, template: Template): NonEmpty<Problem> | undefined {
  // Only a custom resource's template can look like that: the API server decodes its own kinds.
  if (error.code === 'LK-REVIEW') return [{ ...NOT_A_POD, field: template.path.join('.') }];
  const problems = problemsOf(error);
  return problems.every(isDefinite) ? inTemplate(problems, template) : undefined;
}
