import { Readable, Writable } from 'node:stream';

import type { CommandModule } from '../../src/commands/command.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, with text for its standard input. What it throws is thrown. */
export async function runCommand(
  command: CommandModule,
  args: readonly string[],
  stdin = '',
): Promise<CommandResult> {
  const stdout = collector();
  const stderr = collector();
  const code = await command.run({
    args,
    env: {},
    stdin: Readable.from([stdin]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: new AbortController().signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
