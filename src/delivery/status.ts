import { PREFIX } from '../names.ts';
import { annotationJson } from '../request/annotation-json.ts';
import type { DeliveryName } from '../request/plan.ts';

export const STATUS_ANNOTATION = `${PREFIX}status`;
export const IN_PLACE_ANNOTATION = `${PREFIX}in-place`;

/** What Latchkey did to a pod, for people and for the second review of the same pod. Never trusted. */
export interface Status {
  readonly version: 1;
  /** `planHash(plan)`. */
  readonly plan: string;
  readonly delivery: DeliveryName;
  /** The revision of a pod that no controller made, so that its second review finds the same managed Secret. */
  readonly nonce?: string;
  /** Who got the values, for `plaintext` alone: its variables carry no mark of ours that says so. */
  readonly targets?: readonly string[];
}

/** An annotation that anyone can write is not worth a parse of any size. */
const MAX_STATUS = 8192;

export function statusText(status: Status): string {
  const { version, plan, delivery, nonce, targets } = status;
  const optional = {
    ...(nonce === undefined ? {} : { nonce }),
    ...(targets === undefined ? {} : { targets }),
  };
  return JSON.stringify({ version, plan, delivery, ...optional });
}

/** The status that a pod carries, or `undefined` for none, a malformed one or one of another version. */
export function readStatus(
  annotations: Readonly<Record<string, string>> | null | undefined,
): Status | undefined {
  const text = annotations?.[STATUS_ANNOTATION];
  if (typeof text !== 'string' || text.length > MAX_STATUS) return undefined;
  const { version, plan, delivery, nonce } = parseRecord(text);
  if (version !== 1 || typeof plan !== 'string' || !isDelivery(delivery)) return undefined;
  return { version, plan, delivery, ...(typeof nonce === 'string' ? { nonce } : {}) };
}

function isDelivery(value: unknown): value is DeliveryName {
  return value === 'secret' || value === 'memory' || value === 'plaintext';
}

function parseRecord(text: string): Partial<Record<keyof Status, unknown>> {
  const value = annotationJson(text);
  return typeof value === 'object' && value !== null ? value : {};
}
