import { PREFIX } from '../names.ts';
import type { Pod } from './pod.ts';

const STATUS = `${PREFIX}status`;
/** An annotation that anyone can write is not worth a parse of any size. */
const LONGEST_STATUS = 2048;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The plan's hash, if the pod's status says that `plaintext` delivered it. Such variables carry no mark of ours, so this
 * is what tells them from the author's own. A forged status lets its author override their own variable, no more.
 */
export function plaintextPlan({ metadata }: Pick<Pod, 'metadata'>): string | undefined {
  const text = metadata.annotations?.[STATUS];
  if (text === undefined || text.length > LONGEST_STATUS) return undefined;
  const status = parse(text);
  if (typeof status !== 'object' || status === null) return undefined;
  const isOurs = 'version' in status && status.version === 1 && 'delivery' in status && status.delivery === 'plaintext';
  return isOurs && 'plan' in status && typeof status.plan === 'string' ? status.plan : undefined;
}
