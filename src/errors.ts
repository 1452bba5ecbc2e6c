/**
 * Every code that a user can meet. A code is stable: docs/errors.md lists each one, and a test holds the two together.
 * `recovers` says whether the same request can succeed later without anybody changing anything.
 */
export const CODES = {
  // what was written
  'LK-SYNTAX': { title: 'a reference, template or annotation value is malformed', recovers: false },
  'LK-UNKNOWN': { title: 'an annotation, store, option or encoding is not known', recovers: false },
  'LK-NO-REFERENCE': { title: 'a value holds no reference at all', recovers: false },
  'LK-NAME': { title: 'a variable, file, container or object name is not valid', recovers: false },
  'LK-CONFLICT': {
    title: 'the same variable, file or path is asked for twice or already set',
    recovers: false,
  },
  'LK-CONTAINER': { title: 'a named container does not exist in the pod', recovers: false },
  'LK-RESERVED': { title: 'a name that begins with latchkey- is not ours', recovers: false },
  'LK-LIMIT': { title: 'too many references, members or too long a value', recovers: false },
  'LK-REGION': { title: 'no region, or no valid one', recovers: false },
  'LK-MODE': {
    title: 'a file mode that is not allowed or that the containers could not read',
    recovers: false,
  },
  'LK-TEMPLATE': { title: 'a template cannot be read or rendered', recovers: false },
  'LK-LATER': { title: 'known, but needs a later version of Latchkey', recovers: false },
  // who asks, and whether they may
  'LK-NO-SERVICE-ACCOUNT': { title: "the pod's service account does not exist", recovers: true },
  'LK-NO-ROLE': { title: 'the service account names no IAM role', recovers: false },
  'LK-NO-CREDENTIALS': { title: 'the pod has no AWS credentials', recovers: false },
  'LK-NO-OIDC': { title: "AWS does not know the cluster's OIDC provider", recovers: false },
  'LK-TRUST': {
    title: "the role's trust policy does not allow this service account or role",
    recovers: false,
  },
  'LK-POLICY': {
    title: "refused by the operator's, the namespace's or the service account's policy",
    recovers: false,
  },
  'LK-PLAINTEXT': { title: 'plaintext delivery is not switched on', recovers: false },
  // what people already have
  'LK-DEFINITION': {
    title: 'a definition asks for something that is wrong or not supported',
    recovers: false,
  },
  'LK-NO-DEFINITION': { title: 'a Secret does not exist, and no definition makes it', recovers: true },
  'LK-OWNER': { title: 'a Secret belongs to somebody else, or two definitions make it', recovers: false },
  'LK-SEALED': { title: 'a sealed value cannot be opened', recovers: false },
  // what the store said
  'LK-NOT-FOUND': { title: 'the secret, parameter, version or label does not exist', recovers: true },
  'LK-DENIED': { title: 'IAM denies the call', recovers: false },
  'LK-KMS': { title: 'the KMS key of the secret is denied, disabled or gone', recovers: false },
  'LK-INVALID': { title: 'AWS calls the request invalid', recovers: false },
  'LK-THROTTLED': { title: 'AWS throttles', recovers: true },
  'LK-TIMEOUT': { title: 'AWS did not answer in time', recovers: true },
  'LK-AWS-AWAY': { title: 'AWS cannot be reached or answers with server errors', recovers: true },
  // what the value is
  'LK-NOT-JSON': { title: 'a property is asked of a value that is not JSON', recovers: false },
  'LK-PROPERTY': { title: 'the property is not there or is null', recovers: false },
  'LK-ENCODING': { title: 'the value cannot be decoded, or cannot be a variable', recovers: false },
  'LK-ENV-FILE': { title: 'the value cannot be written into an env file', recovers: false },
  'LK-TOO-LARGE': { title: 'the value or all values together are too large', recovers: false },
  'LK-EMPTY': { title: 'a bulk reference brought no member', recovers: false },
  // where it runs
  'LK-FEATURE': { title: 'the cluster or a node lacks a feature', recovers: false },
  'LK-WINDOWS': { title: 'not possible for Windows pods', recovers: false },
  'LK-QUOTA': { title: 'a ResourceQuota or another admission step refused our object', recovers: true },
  'LK-FILES': { title: 'a file could not be written in the pod', recovers: false },
  // ours
  'LK-REVIEW': { title: 'the request is no AdmissionReview v1', recovers: false },
  'LK-OVERLOADED': { title: 'too many reviews at once', recovers: true },
  'LK-KUBERNETES': { title: 'the API server cannot be reached or refuses us', recovers: true },
  'LK-TOKEN-CHECK': { title: 'no policy bounds the tokens that Latchkey may request', recovers: true },
  'LK-CONFIG': { title: 'the configuration is wrong', recovers: false },
  'LK-INTERNAL': { title: 'a bug in Latchkey', recovers: false },
} as const satisfies Record<string, { readonly title: string; readonly recovers: boolean }>;

export type Code = keyof typeof CODES;

/** One thing that is wrong, ready to be shown. Plain data: it crosses processes and goes into answers. */
export interface Problem {
  readonly code: Code;
  /** What the user asked for, in their words: `env TEST_VALUE`, `file tls.key`, `annotation latchkey.dev/foo`. */
  readonly place: string;
  /** The annotation's full key, or a pod path such as `spec.containers[0].env[2]`. */
  readonly field: string;
  /** The reference as written (quoted and bounded), when there is one. */
  readonly reference?: string;
  /** What went wrong, lower case, without a full stop. Never text that a parser, decoder or AWS body produced. */
  readonly message: string;
  /** What to do: one or two sentences, each ending in a full stop. */
  readonly remedy: string;
  /** Where nobody tries again by himself, whatever the code says. */
  readonly recovers?: false;
}

/** The one wording of a problem, shared by refusals, `lint`, `render` and `fetch`'s termination message. */
export function describe(problem: Problem): string {
  const what = problem.reference === undefined ? problem.message : `${problem.reference}: ${problem.message}`;
  const recovers = CODES[problem.code].recovers && problem.recovers !== false;
  const recovery = recovers ? ' It recovers by itself when the cause is gone.' : '';
  return `${problem.place}: ${what} [${problem.code}]. ${problem.remedy}${recovery}`;
}

/** Whether an error or a problem stands for a call that brought no definite answer: it may be answered later. */
export function isIndefinite({ code }: { readonly code: Code }): boolean {
  return code === 'LK-THROTTLED' || code === 'LK-TIMEOUT' || code === 'LK-AWS-AWAY';
}

/**
 * The base of every error that Latchkey throws on purpose. `message` is safe to show. It never carries a `cause` that a
 * parser, decoder or the AWS SDK made: those quote their input.
 */
export class LatchkeyError extends Error {
  override readonly name: string = 'LatchkeyError';
  readonly code: Code;
  /** What the reader can do about it; one or two sentences. */
  readonly remedy: string;

  constructor(code: Code, message: string, remedy = '') {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }

  /** No definite answer: the same question may be answered later. */
  get indefinite(): boolean {
    return isIndefinite(this);
  }
}

/** Several problems at once: what a pure step throws when it cannot return them. */
export class ProblemsError extends LatchkeyError {
  override readonly name = 'ProblemsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    super(problems[0].code, problems.map(describe).join('\n'));
    this.problems = problems;
  }
}
