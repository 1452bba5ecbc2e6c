import type { SecretValue } from '../../secret-value.ts';

const LINE_FEED = 10;

/** Whether a value is one line with a line break behind it: `echo` put it there, and a password is not its password with it. */
export function endsInNewline(value: SecretValue): boolean {
  const bytes = value.reveal();
  return bytes.at(-1) === LINE_FEED && bytes.indexOf(LINE_FEED) === bytes.length - 1 && bytes.length > 1;
}
