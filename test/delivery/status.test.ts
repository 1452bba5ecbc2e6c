import t from 'tap';
import { readStatus, STATUS_ANNOTATION, statusText } from '../../src/delivery/status.ts';
import type { Status } from '../../src/delivery/status.ts';

const read = (text: string) => readStatus({ [STATUS_ANNOTATION]: text });

t.test('a status comes out as it went in', async (t) => {
  const status: Status = { version: 1, plan: '0123456789abcdef', delivery: 'secret', nonce: 'n' };

  t.same(read(statusText(status)), status);
});

t.test('a status without a nonce has none', async (t) => {
  t.equal(
    statusText({ version: 1, plan: 'p', delivery: 'memory' }),
    '{"version":1,"plan":"p","delivery":"memory"}',
  );
});

t.test('a pod without annotations has no status', async (t) => {
  t.equal(readStatus(undefined), undefined);
  t.equal(readStatus({}), undefined);
});

const FORGED = [
  '',
  'null',
  '[]',
  '1',
  '{',
  '{"version":2,"plan":"p","delivery":"secret"}',
  '{"version":1,"plan":1,"delivery":"secret"}',
  '{"version":1,"plan":"p","delivery":"none"}',
  `{"version":1,"plan":"${'p'.repeat(9000)}","delivery":"secret"}`,
];

for (const text of FORGED) {
  t.test(`${JSON.stringify(text.slice(0, 50))} is no status`, async (t) => {
    t.equal(read(text), undefined);
  });
}

t.test('a nonce that is no text is not read', async (t) => {
  t.same(read('{"version":1,"plan":"p","delivery":"secret","nonce":{"a":1}}'), {
    version: 1,
    plan: 'p',
    delivery: 'secret',
  });
});
