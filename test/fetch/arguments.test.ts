import t from 'tap';
import { UsageError } from '../../src/config/usage-error.ts';
import { readArguments } from '../../src/fetch/arguments.ts';

t.test('without arguments the whole plan is fetched and the usual file gets the message', async (t) => {
  t.same(readArguments([]), { guard: false, terminationLog: '/dev/termination-log' });
});

t.test('both flags, in both spellings', async (t) => {
  t.same(readArguments(['--guard']), { guard: true, terminationLog: '/dev/termination-log' });
  t.same(readArguments(['--termination-log', '/tmp/a=b', '--guard']), {
    guard: true,
    terminationLog: '/tmp/a=b',
  });
  t.same(readArguments(['--termination-log=/tmp/a=b']), { guard: false, terminationLog: '/tmp/a=b' });
});

t.test('everything that is wrong is told at once, and printable', async (t) => {
  const args = ['--gard', 'plan.json', '--guard=yes', '-x\u001b', '--termination-log'];

  const error = t.throws(() => readArguments(args), UsageError);

  t.match(error, {
    problems: [
      'unknown flag --gard',
      'unexpected argument "plan.json"',
      'unknown flag --guard=yes',
      'unknown flag -x\\u{1b}',
      '--termination-log needs a file',
    ],
  });
});
