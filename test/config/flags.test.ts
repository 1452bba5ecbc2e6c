import t from 'tap';
import { COMMAND_NAMES } from '../../src/commands/command.ts';
import { flagsOf, FLAGS, variableOf } from '../../src/config/flags.ts';
import { commandHelp, mainHelp } from '../../src/config/help.ts';
import { readValue } from '../../src/config/kinds.ts';
import { readFlags } from '../../src/config/parse-flags.ts';
import { isServiceLink } from '../../src/config/service-links.ts';
import { UsageError } from '../../src/config/usage-error.ts';

t.test('no flag stands twice for a command, and none has a name that a Service can make', async (t) => {
  for (const command of COMMAND_NAMES) {
    const names = flagsOf(command).map(({ name }) => name);
    t.equal(new Set(names).size, names.length, command);
  }
  for (const flag of FLAGS) {
    t.notOk(isServiceLink(variableOf(flag)), flag.name);
  }
});

t.test('every default can be read as its kind', async (t) => {
  for (const flag of FLAGS.filter((row) => 'default' in row)) {
    t.ok(readValue(flag, flag.default).ok, flag.name);
  }
});

t.test('the help of a command lists each of its flags, and the main help each command', async (t) => {
  for (const command of COMMAND_NAMES) {
    t.match(mainHelp(), command);
    for (const { name } of flagsOf(command)) {
      t.match(commandHelp(command), `--${name}`);
    }
  }
});

t.test('a lone dash is a value: standard input', async (t) => {
  const { values } = readFlags('lint', { args: ['-f', '-', '-f', 'b.yaml'], env: {} });

  t.same(values['filename'], ['-', 'b.yaml']);
  t.equal(values['output'], 'text');
});

t.test("another command's variable is known; a variable that is none of ours is no concern", async (t) => {
  const env = { LATCHKEY_LISTEN: 'x', PATH: '/bin', LATCHKEY_FETCH_PLAN: 'x' };

  t.doesNotThrow(() => readFlags('render', { args: [], env }));
  t.throws(() => readFlags('render', { args: [], env: { LATCHKEY_LISTEM: 'x' } }), UsageError);
});

t.test('lists that are given more than once are joined', async (t) => {
  const { values } = readFlags('certs', { args: ['--dns=a.b,c', '--dns', 'd'], env: { LATCHKEY_DAYS: '7' } });

  t.same(values['dns'], ['a.b', 'c', 'd']);
  t.equal(values['days'], 7);
});

t.test('an unexpected argument and a switch with a wrong value are problems', async (t) => {
  const wrong = { args: ['--force=perhaps', 'x\u001b[31m'], env: {} };

  t.throws(() => readFlags('certs', wrong), {
    message: '--force: expected true or false, found "perhaps"; unexpected argument "x\\u{1b}[31m"',
  });
});

t.test('kinds', async (t) => {
  const flag = (kind: 'address' | 'duration' | 'size' | 'region' | 'url' | 'resources' | 'list' | 'text') =>
    ({ name: 'x', kind, commands: [], help: '' }) as const;
  const good: readonly (readonly [Parameters<typeof flag>[0], string, unknown])[] = [
    ['address', '[::1]:0', { host: '::1', port: 0 }],
    ['address', ':8443', { host: '::', port: 8443 }],
    ['duration', '250ms', 250],
    ['duration', '24h', 86_400_000],
    ['size', '512Ki', 524_288],
    ['region', 'us-gov-west-1', 'us-gov-west-1'],
    ['region', 'cn-north-1', 'cn-north-1'],
    ['url', 'http://[::1]:5000/', 'http://[::1]:5000'],
    ['resources', 'memory=64Mi, cpu=0.5', { cpu: '0.5', memory: '64Mi' }],
    ['list', ' a , b ', ['a', 'b']],
    ['list', '', []],
  ];
  const bad: readonly (readonly [Parameters<typeof flag>[0], string])[] = [
    ['address', 'host:70000'],
    ['address', '[host]:1'],
    ['address', '::1:8443'],
    ['duration', '1.5s'],
    ['duration', '-1s'],
    ['size', '8MB'],
    ['region', 'eu-west-1.evil.example'],
    ['region', 'EU-WEST-1'],
    ['url', 'ftp://x'],
    ['url', 'http://x/?q'],
    ['resources', 'cpu=1'],
    ['resources', 'cpu=1,memory=lots'],
    ['list', 'a,,b'],
    ['text', ''],
    ['text', 'a\0b'],
  ];

  for (const [kind, text, value] of good) {
    t.same(readValue(flag(kind), text), { ok: true, value }, text);
  }
  for (const [kind, text] of bad) {
    t.equal(readValue(flag(kind), text).ok, false, text);
  }
});
