import type { Readable } from 'node:stream';

import { UsageError } from '../../config/usage-error.ts';
import { readStandardInput } from '../../manifests/standard-input.ts';
import { SecretValue } from '../../secret-value.ts';
import type { CommandContext } from '../command.ts';
import { endsInNewline } from './trailing-newline.ts';

const MAX_BYTES = 1024 * 1024;

/** One value from standard input, byte for byte. @throws UsageError for none, or more than a Secret holds */
export async function readValue({
  stdin,
  stderr,
}: Pick<CommandContext, 'stdin' | 'stderr'>): Promise<SecretValue> {
  if (isTerminal(stdin)) stderr.write('latchkey: type the value, then Ctrl-D (twice without a line break)\n');
  const tooMuch = 'standard input holds more than 1 MiB, and no Secret does';
  const value = new SecretValue(await readStandardInput(stdin, MAX_BYTES, tooMuch));
  if (value.size === 0) throw new UsageError(['standard input holds no value']);
  if (endsInNewline(value))
    stderr.write(
      'latchkey: warning: the value ends in a line break, which is sealed with it; if it does not belong to it, use printf instead of echo\n',
    );
  return value;
}

function isTerminal(stdin: Readable): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true;
}
