import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { record } from './json.ts';
import type { ApiAnswer } from './transport.ts';

/** What we asked, for the message of a refusal. */
export interface Asked {
  /** The RBAC verb. */
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  /** The RBAC resource: `serviceaccounts/token`. */
  readonly resource: string;
  readonly namespace?: string;
}

/** The parts of a Kubernetes Status that decide something. Its text is matched, never shown. */
export interface Status {
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly { readonly reason: string; readonly field: string }[];
}

/** Reads a Status; what is none reads as empty. */
export function statusOf(body: unknown): Status {
  const { reason, message, details } = record(body);
  const { causes } = record(details);
  return {
    reason: text(reason),
    message: text(message),
    causes: (Array.isArray(causes) ? causes : []).map((cause: unknown) => {
      const { reason, field } = record(cause);
      return { reason: text(reason), field: text(field) };
    }),
  };
}

/**
 * An answer that is not the one we hoped for, as an error. Only the status code and the Status's reason get into it: the
 * text of a body can quote what we sent.
 */
export function refusal(answer: ApiAnswer, asked: Asked): LatchkeyError {
  const { status } = answer;
  const { reason, message } = statusOf(answer.body);
  const what = `${asked.verb} ${asked.resource}${asked.namespace === undefined ? '' : ` in namespace ${quoted(asked.namespace)}`}`;
  if (status === 401) {
    return away(
      'the API server does not accept our credentials (401)',
      'Check the service account or kubeconfig that Latchkey runs with.',
    );
  }
  if (status === 403 && deniedByRbac(message)) {
    return away(
      `Latchkey may not ${what} (403)`,
      `Allow ${asked.verb} on ${asked.resource} in the Role or ClusterRole of Latchkey's user.`,
    );
  }
  if (status === 404) {
    return away(
      `the API server does not know what we asked: ${what} (404)`,
      'Check that the namespace exists and that Kubernetes is 1.30 or newer.',
    );
  }
  if (status === 429) {
    return away(
      `the API server has too much to do: ${what} (429)`,
      'Give Latchkey a share with a FlowSchema if this lasts.',
    );
  }
  if (status >= 200 && status < 300) {
    return away(
      `the API server's answer is not what Kubernetes answers: ${what} (${status})`,
      'Check that nothing stands between Latchkey and the API server.',
    );
  }
  return away(
    `the API server refused: ${what} (${status}${constant(reason)})`,
    'Look at the log of the API server.',
  );
}

/** Whether a policy or another webhook refused what we sent. */
export function deniedByAdmission(message: string): boolean {
  return /admission webhook ".*" denied|ValidatingAdmissionPolicy|failed calling webhook/.test(message);
}

/** The same, of one that looked at it: a webhook that could not be called has judged nothing. */
export function refusedByAdmission(message: string): boolean {
  return /ValidatingAdmissionPolicy '[^']*' (with binding '[^']*' )?denied|admission webhook "[^"]*" denied/.test(
    message,
  );
}

/** Whether RBAC, or another authorizer, refused: `… is forbidden: User "…" cannot create resource …`. */
export function deniedByRbac(message: string): boolean {
  return message.includes(' cannot ') && !deniedByAdmission(message);
}

function away(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-KUBERNETES', message, remedy);
}

/** A Status reason such as `InternalError`; anything that is no word is left out. */
function constant(reason: string): string {
  return /^[A-Za-z]{1,40}$/.test(reason) ? ` ${reason}` : '';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
