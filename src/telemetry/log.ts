import { pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './log-levels.ts';
import { safeError } from './safe-error.ts';

type LogValue = string | number | boolean | undefined | Error | readonly string[] | readonly number[];

/** Plain fields only: neither a pod nor a patch nor an environment fits in. Text that a user wrote goes through `printable`. */
export type LogFields = Readonly<Record<string, LogValue>>;

/** Fields first, then a short lower-case message that is the same every time. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/**
 * A JSON log, one line a call. Errors, under whatever name, are reduced by {@link safeError}: pino's own serialiser prints
 * `message`, `stack`, `cause` and every other property, and those of the AWS SDK and of parsers hold values.
 */
export function createLog(level: LogLevel, stream: { write(line: string): unknown }): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: (value: unknown) => value },
      formatters: {
        level: (label) => ({ level: label }),
        log: withSafeErrors,
      },
    },
    stream,
  );
}

function withSafeErrors(fields: Record<string, unknown>): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    safe[key] = value instanceof Error ? safeError(value) : value;
  }
  return safe;
}
