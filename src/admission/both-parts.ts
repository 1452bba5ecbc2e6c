import type { Operation } from '../delivery/operations.ts';
import type { Pod } from '../request/pod.ts';
import { isNonEmpty } from './problems.ts';
import type { Decision } from './respond.ts';

/**
 * A pod with a patch of ours applied, for what is delivered to it next. The pod that was given stays as it is. Few pods have
 * both parts: the others do not load what this takes.
 */
export async function patched(pod: Pod, operations: readonly Operation[]): Promise<Pod> {
  const { default: jsonPatch } = await import('fast-json-patch');
  return jsonPatch.applyPatch(structuredClone(pod), structuredClone([...operations])).newDocument;
}

/** What a pod's annotations ask for and what its CSI volumes do, as one decision: the second patch applies after the first. */
export function bothParts(first: Decision, second: Decision): Decision {
  const warnings = [...first.warnings, ...second.warnings];
  const facts = first.facts ?? second.facts;
  const common = { warnings, ...(facts === undefined ? {} : { facts }) };
  const problems = [first, second].flatMap((part) => (part.kind === 'refuse' ? part.problems : []));
  if (isNonEmpty(problems)) return { kind: 'refuse', problems, ...common };
  const patches = [first, second].flatMap((part) => (part.kind === 'patch' ? [part] : []));
  if (!isNonEmpty(patches)) {
    const reasons = [first, second].flatMap((part) => (part.kind === 'allow' ? [part.reason] : []));
    return { kind: 'allow', reason: reasons.join('; '), ...common };
  }
  const readAts = patches.flatMap(({ readAt }) => readAt ?? []);
  // Only where each may serve another pod may both.
  const readAt = readAts.length === patches.length ? { readAt: Math.min(...readAts) } : {};
  return { kind: 'patch', operations: patches.flatMap(({ operations }) => operations), ...common, ...readAt };
}
