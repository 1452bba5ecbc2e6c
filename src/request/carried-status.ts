import { PREFIX } from '../names.ts';
import { annotationJson } from './annotation-json.ts';
import type { Pod } from './pod.ts';

const STATUS = `${PREFIX}status`;
/** An annotation that anyone can write is not worth a parse of any size. */
const LONGEST_STATUS = 8192;

/** The pod's status, if it says that `plaintext` delivered. */
function plaintextStatus({ metadata }: Pick<Pod, 'metadata'>): object | undefined {
  const text = metadata.annotations?.[STATUS];
  if (text === undefined || text.length > LONGEST_STATUS) return undefined;
  const status = annotationJson(text);
  if (typeof status !== 'object' || status === null) return undefined;
  const isOurs =
    'version' in status && status.version === 1 && 'delivery' in status && status.delivery === 'plaintext';
  return isOurs ? status : undefined;
}

/**
 * The plan's hash, if the pod's status says that `plaintext` delivered it. Such variables carry no mark of ours, so this
 * is what tells them from the author's own. A forged status lets its author override their own variable, no more.
 */
export function plaintextPlan(pod: Pick<Pod, 'metadata'>): string | undefined {
  const status = plaintextStatus(pod);
  return status !== undefined && 'plan' in status && typeof status.plan === 'string'
    ? status.plan
    : undefined;
}

/**
 * The containers that `plaintext` delivered to, if it did: the other deliveries are seen in the containers themselves. A
 * forged status lets its author leave out their own containers, as `latchkey.dev/containers` does.
 */
export function plaintextTargets(pod: Pick<Pod, 'metadata'>): readonly string[] {
  const status = plaintextStatus(pod);
  if (status === undefined || !('targets' in status) || !Array.isArray(status.targets)) return [];
  const targets: readonly unknown[] = status.targets;
  return targets.filter((name) => typeof name === 'string');
}
