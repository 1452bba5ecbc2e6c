import { LatchkeyError } from '../errors.ts';

/** What may be known of an error outside the process that met it. */
export interface SafeError {
  readonly name: string;
  readonly code?: string;
  /** Only of our own errors, whose messages are made to be shown. */
  readonly message?: string;
  /** `at` lines only, and only of foreign errors: where a bug is. */
  readonly frames?: readonly string[];
}

const MAX_FRAMES = 8;
/** `TypeError: ` or `TypeError [ERR_INVALID_ARG_TYPE]: `, before the message. */
const HEAD = /^[\w$.]*(?: \[\w+\])?(?:: )?/;
const SYMBOLIC = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/**
 * Reduces an error to allow-listed fields. A foreign error's message is left out, and with it the head of its stack
 * and its cause: `JSON.parse`, YAML parsers and the AWS SDK quote in them what they were given.
 */
export function safeError(error: unknown): SafeError {
  if (error instanceof LatchkeyError) {
    return { name: error.name, code: error.code, message: error.message };
  }
  if (!(error instanceof Error)) {
    return { name: typeof error };
  }
  const code = 'code' in error ? error.code : undefined;
  return {
    name: SYMBOLIC.test(error.name) ? error.name : 'Error',
    ...(typeof code === 'string' && SYMBOLIC.test(code) ? { code } : {}),
    frames: framesOf(error),
  };
}

/** The frames below the stack's head. A head that isn't exactly name and message could reach anywhere: then none. */
function framesOf({ message, stack = '' }: Error): readonly string[] {
  const below = stack.slice(HEAD.exec(stack)?.[0].length ?? 0);
  if (!below.startsWith(`${message}\n`)) {
    return [];
  }
  return below
    .slice(message.length)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, MAX_FRAMES);
}
