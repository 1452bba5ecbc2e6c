import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { LatchkeyError } from '../errors.ts';
import { FETCH_PLAN_VARIABLE } from '../names.ts';
import type { Plan } from '../request/plan.ts';
import { isFetchPlan } from './fetch-plan-shape.ts';

/** What `latchkey fetch` does, as it travels into the init container in one variable. No secrets. */
export interface FetchPlan {
  readonly version: 1;
  readonly plan: Pick<
    Plan,
    'items' | 'bulks' | 'fileMode' | 'failoverRegion' | 'assumeRoleArn' | 'externalId'
  >;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly cluster?: string;
  /** IRSA: the role and where our own projected token is mounted. Absent: only container credentials are tried. */
  readonly webIdentity?: {
    readonly roleArn: string;
    readonly tokenFile: string;
    /** An EKS Pod Identity does not come before it. */
    readonly only?: true;
  };
  /** `AWS_ENDPOINT_URL` of the webhook, for emulators. */
  readonly endpoint?: string;
  /** Where to write; absent: nothing of that kind is asked. */
  readonly filesRoot?: string;
  readonly pathsRoot?: string;
  readonly envFile?: string;
  /** Seconds until fetch gives up with exit 75. */
  readonly deadlineSeconds: number;
}

/**
 * Linux refuses to start a program when one `NAME=VALUE` is over 128 KiB with its end mark (MAX_ARG_STRLEN), and the
 * container would never start.
 */
const MAX_ENCODED = 128 * 1024 - FETCH_PLAN_VARIABLE.length - '=\0'.length;

/** Above this a plan is compressed: most pods ask for a few things, and then packing costs more than it saves. */
const PLAIN_BYTES = 32 * 1024;
/** Begins a compressed plan; no base64url text of JSON does. */
const PACKED = '-';
const MAX_UNPACKED = 4 * 1024 * 1024;

/**
 * The plan as one variable's value: base64url of JSON, deflated where it is long, so that nothing in it means anything
 * to a shell, YAML or the kubelet's `$(…)`.
 * @throws LatchkeyError LK-LIMIT when it does not fit into a variable
 */
export function encodeFetchPlan(plan: FetchPlan): string {
  const json = Buffer.from(JSON.stringify(plan), 'utf8');
  const encoded =
    json.byteLength <= PLAIN_BYTES
      ? json.toString('base64url')
      : PACKED + deflateRawSync(json, { level: 6 }).toString('base64url');
  if (encoded.length > MAX_ENCODED) {
    throw new LatchkeyError(
      'LK-LIMIT',
      'the pod asks for more than one variable of the init container can carry (128 KiB)',
      'Ask for fewer references, take them together with env-from or files-from, or use delivery secret.',
    );
  }
  return encoded;
}

/**
 * Reads what {@link encodeFetchPlan} wrote. Every part is checked: the variable can be changed by whoever writes the pod.
 * @throws LatchkeyError LK-CONFIG when it is absent, not ours, or of another version
 */
export function decodeFetchPlan(encoded: string | undefined): FetchPlan {
  if (encoded === undefined || encoded === '') {
    throw new LatchkeyError(
      'LK-CONFIG',
      `the variable ${FETCH_PLAN_VARIABLE} is not set`,
      'latchkey fetch is started by the init container that the webhook adds. Do not add it by hand.',
    );
  }
  const plan = /^[A-Za-z0-9_-]+$/.test(encoded) ? parse(encoded) : undefined;
  if (!isFetchPlan(plan)) {
    throw new LatchkeyError(
      'LK-CONFIG',
      `the variable ${FETCH_PLAN_VARIABLE} holds no plan that this version understands`,
      'Create the pod again, so that the webhook writes the plan, and use the same version for --fetch-image and the webhook.',
    );
  }
  return plan;
}

/** The parser's error quotes its input: it goes nowhere. */
function parse(encoded: string): unknown {
  try {
    return JSON.parse(unpack(encoded).toString('utf8'));
  } catch {
    return undefined;
  }
}

function unpack(encoded: string): Buffer {
  if (!encoded.startsWith(PACKED)) return Buffer.from(encoded, 'base64url');
  const packed = Buffer.from(encoded.slice(PACKED.length), 'base64url');
  return inflateRawSync(packed, { maxOutputLength: MAX_UNPACKED });
}
