import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describe } from '../../src/errors.ts';
import type { Problem } from '../../src/errors.ts';
import {
  failureMessage,
  MAX_MESSAGE_BYTES,
  successMessage,
  writeTerminationMessage,
} from '../../src/fetch/termination-message.ts';

function problem(name: string, message = 'the parameter does not exist in eu-west-1'): Problem {
  const common = { code: 'LK-NOT-FOUND', field: `metadata.annotations[latchkey.dev/env.${name}]` } as const;
  return { ...common, place: `env ${name}`, reference: 'ssm:/a', message, remedy: 'Create it.' };
}

t.test('a failure reads like a refusal of the webhook', async (t) => {
  const problems = [problem('A'), problem('B')];

  t.equal(failureMessage(problems), problems.map(describe).join('\n'));
});

t.test('of more problems than fit the first are told, and how many more there are', async (t) => {
  const problems = Array.from({ length: 500 }, (_, index) => problem(`NAME_${index}`));

  const message = failureMessage(problems);

  const lines = message.split('\n');
  t.ok(Buffer.byteLength(message) <= MAX_MESSAGE_BYTES);
  t.equal(lines.at(-1), `and ${500 - (lines.length - 1)} more`);
  t.same(lines.slice(0, -1), problems.slice(0, lines.length - 1).map(describe));
});

t.test('one message that is too long is cut between characters', async (t) => {
  for (const padding of ['', 'x', 'xx', 'xxx']) {
    const message = failureMessage([problem('A', `${padding}${'💥'.repeat(2000)}`)]);

    t.ok(Buffer.byteLength(message) <= MAX_MESSAGE_BYTES);
    t.match(message, /💥…$/u);
    t.notMatch(message, /\uFFFD/u);
  }
});

t.test('success lists references and versions, printable', async (t) => {
  const message = successMessage([
    { reference: 'ssm:/a/b', outcome: 'version 3' },
    { reference: 'ssm:/a/\u001b[31m\n::add-mask::', outcome: 'version 1' },
  ]);

  t.equal(
    message,
    'fetched 2 references\nssm:/a/b: version 3\nssm:/a/\\u{1b}[31m\\u{a}::add-mask::: version 1',
  );
  t.equal(
    successMessage([{ reference: 'ssm:/a', outcome: 'not found' }]),
    'fetched 1 reference\nssm:/a: not found',
  );
});

t.test('the message replaces what an earlier run of the container left', async (t) => {
  const file = join(t.testdir({ log: 'a longer message from before' }), 'log');

  writeTerminationMessage(file, 'short');

  t.equal(readFileSync(file, 'utf8'), 'short');
});

t.test('outside of a pod there is no such file, and none is made; links are not followed', async (t) => {
  const dir = t.testdir({ target: 'mine' });
  symlinkSync(join(dir, 'target'), join(dir, 'link'));

  writeTerminationMessage(join(dir, 'missing'), 'text');
  writeTerminationMessage(join(dir, 'link'), 'text');
  writeTerminationMessage(dir, 'text');

  t.notOk(existsSync(join(dir, 'missing')));
  t.equal(readFileSync(join(dir, 'target'), 'utf8'), 'mine');
});
