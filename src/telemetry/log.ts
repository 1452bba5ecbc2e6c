import { pino } from 'pino';
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
      timestamp: isoTimestamps(),
      serializers: { err: (value: unknown) => value },
      formatters: {
        level: (label) => ({ level: label }),
        log: withSafeErrors,
      },
    },
    stream,
  );
}

/** Copies only where there is an error: nearly every line has none. */
function withSafeErrors(fields: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(fields).some((value) => value instanceof Error)) {
    return fields;
  }
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value instanceof Error ? safeError(value) : value]),
  );
}

/** ISO 8601 to the millisecond. The part up to the second is made once a second: it is the costly one. */
function isoTimestamps(): () => string {
  let second = Number.NaN;
  let prefix = '';
  return () => {
    const now = Date.now();
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      prefix = `,"time":"${new Date(now).toISOString().slice(0, 20)}`;
    }
    return `${prefix}${String(now % 1000).padStart(3, '0')}Z"`;
  };
}
