import t from 'tap';
import { LatchkeyError } from '../../src/errors.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { createLog, type LogFields } from '../../src/telemetry/log.ts';
import { safeError } from '../../src/telemetry/safe-error.ts';

const CANARY = 'hunter2-canary';

function logged(fields: LogFields): string {
  const lines: string[] = [];
  createLog('info', { write: (line) => lines.push(line) }).warn(fields, 'something happened');
  return lines.join('');
}

/** What parsers and SDKs throw: the value in the message, in properties, in the cause and in the stack. */
function leaky(): Error {
  const error = new SyntaxError(`Unexpected token, "${CANARY}" is not valid JSON`, {
    cause: new Error(CANARY),
  });
  return Object.assign(error, {
    code: `bad ${CANARY}`,
    $response: { body: CANARY },
    errors: [new Error(CANARY)],
  });
}

t.test('an error of another library is its name and where it came from, under any field name', async (t) => {
  for (const field of ['err', 'error', 'reason', 'x']) {
    const line = logged({ [field]: leaky() });
    t.notMatch(line, CANARY, field);
    t.match(JSON.parse(line), {
      level: 'warn',
      msg: 'something happened',
      [field]: { name: 'SyntaxError', frames: [/leaky/] },
    });
  }
});

t.test('an error of ours is its code and message', async (t) => {
  const line = logged({
    err: new LatchkeyError('LK-KUBERNETES', 'the API server cannot be reached', 'Check it.'),
  });

  t.match(JSON.parse(line), {
    err: { code: 'LK-KUBERNETES', message: 'the API server cannot be reached', frames: undefined },
  });
});

t.test('a system error keeps its code', async (t) => {
  t.match(safeError(Object.assign(new Error(CANARY), { code: 'ECONNREFUSED' })), {
    name: 'Error',
    code: 'ECONNREFUSED',
  });
});

t.test('frames are left out where the head of the stack cannot be told from them', async (t) => {
  const stack = `Error: x ${CANARY}\n    at ${CANARY} (file.ts:1:1)`;
  const changed = Object.assign(new Error('x'), { stack });
  const emptied = Object.assign(new Error(''), { stack });
  const multiline = new Error(`x\n    at ${CANARY} (file.ts:1:1)`);
  const renamed = Object.assign(new Error('m'), { name: CANARY.repeat(9) });

  t.same(safeError(changed).frames, []);
  t.same(safeError(emptied).frames, []);
  t.match(safeError(new Error('')).frames, [/log\.test\.ts/]);
  t.notMatch(JSON.stringify(safeError(multiline)), CANARY);
  t.notMatch(JSON.stringify(safeError(renamed)), CANARY);
});

t.test('what is no error has a type and nothing else', async (t) => {
  t.same(safeError(CANARY), { name: 'string' });
  t.same(safeError(null), { name: 'object' });
});

t.test('a secret value in a field is redacted', async (t) => {
  t.notMatch(logged({ value: new SecretValue(CANARY) as unknown as string }), CANARY);
});

t.test('the level decides, and silent is silent', async (t) => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };

  createLog('warn', stream).info({}, 'no');
  createLog('silent', stream).error({}, 'no');
  createLog('debug', stream).debug({ n: 1 }, 'yes');

  t.equal(lines.length, 1);
  t.match(JSON.parse(lines[0] ?? ''), {
    level: 'debug',
    n: 1,
    msg: 'yes',
    time: /^\d{4}-.*Z$/,
    pid: undefined,
  });
});
