import type { Log, LogFields } from '../telemetry/log.ts';

/** The form of a log, without a logger's start-up time, which every pod would pay. Errors are not among its values. */
export type LineLog = Pick<Log, 'info' | 'warn' | 'error'>;

/** JSON lines like the server's, one a call. */
export function createLineLog(stream: { write(line: string): unknown }): LineLog {
  const write = (level: string) => (fields: LogFields, message: string) => {
    stream.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg: message })}\n`);
  };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
