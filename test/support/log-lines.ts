import { createLog, type Log } from '../../src/telemetry/log.ts';

/** A real log whose lines a test can read. */
export function logLines(): {
  readonly log: Log;
  readonly text: () => string;
  readonly messages: () => string[];
} {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => lines.push(line) });
  return {
    log,
    text: () => lines.join(''),
    messages: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
  };
}
