import t from 'tap';
import fc from 'fast-check';
import type { Problem } from '../../src/errors.ts';
import {
  createPatchEncoder,
  encodeResponse,
  refusalMessage,
  type Decision,
} from '../../src/admission/respond.ts';

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
  readonly status?: {
    readonly message: string;
    readonly details: { readonly causes: readonly { readonly message: string }[] };
  };
}

function respond(decision: Decision): Response {
  return (JSON.parse(encodeResponse('u', decision)) as { response: Response }).response;
}

function problem(index: number, message = 'access denied'): Problem {
  return {
    code: 'LK-DENIED',
    place: `env V${String(index)}`,
    field: `f${String(index)}`,
    message,
    remedy: 'Allow it.',
  };
}

t.test('many problems: the first in whole, how many more, and all of them as causes', async (t) => {
  const [first, ...rest] = Array.from({ length: 500 }, (_, index) => problem(index));
  t.ok(first);

  const { status } = respond({ kind: 'refuse', problems: [first as Problem, ...rest], warnings: [] });

  t.ok(Buffer.byteLength(status?.message ?? '') <= 1024);
  t.match(status?.message, /^latchkey: env V0: access denied \[LK-DENIED\]\. Allow it\. env V1: /);
  t.match(status?.message, / And \d+ more\.$/);
  t.equal(status?.details.causes.length, 500);
});

t.test('more problems than a pod may hold references are counted, not listed', async (t) => {
  const [first, ...rest] = Array.from({ length: 5000 }, (_, index) => problem(index));

  const { status } = respond({ kind: 'refuse', problems: [first as Problem, ...rest], warnings: [] });

  t.equal(status?.details.causes.length, 1001);
  t.match(status?.details.causes.at(-1), { reason: 'LK-LIMIT', message: 'and 4000 more problems' });
});

t.test('a message never exceeds 1 KiB nor breaks a character', async (t) => {
  const messages = fc.array(fc.string({ unit: 'binary', maxLength: 900 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(messages, (texts) => {
      const [first, ...rest] = texts.map((text, index) => problem(index, text));
      const message = refusalMessage([first as Problem, ...rest]);
      const whole = !message.includes('\uFFFD') || texts.some((text) => text.includes('\uFFFD'));
      return Buffer.byteLength(message) <= 1024 && whole;
    }),
  );
  t.pass();
});

t.test('patch and patchType are there together or not at all', async (t) => {
  const patched = respond({ kind: 'patch', operations: [{ op: 'remove', path: '/a' }], warnings: [] });
  const empty = respond({ kind: 'patch', operations: [], warnings: [] });

  t.equal(patched.patchType, 'JSONPatch');
  t.equal(Buffer.from(patched.patch ?? '', 'base64').toString(), '[{"op":"remove","path":"/a"}]');
  t.same(empty, { uid: 'u', allowed: true });
});

t.test('warnings: each once, printable, within the budget', async (t) => {
  const warnings = [
    'twice',
    'twice',
    'line\nbreak',
    'é'.repeat(500),
    ...Array.from({ length: 100 }, (_, index) => `${String(index)} ${'x'.repeat(100)}`),
  ];

  const { warnings: sent = [] } = respond({ kind: 'allow', reason: '', warnings });

  t.same(sent.slice(0, 2), ['latchkey: twice', 'latchkey: line\\u{a}break']);
  t.ok(sent.reduce((sum, text) => sum + text.length, 0) < 4096);
  t.match(sent.at(-1), /^latchkey: and \d+ more warnings$/);
});

t.test('warnings are whole while they all fit, and cut where they do not', async (t) => {
  const long = 'x'.repeat(500);

  const few = respond({ kind: 'allow', reason: '', warnings: [long, `${long}y`] });
  const many = respond({
    kind: 'allow',
    reason: '',
    warnings: Array.from({ length: 9 }, (_, index) => `${String(index)}${long}`),
  });

  t.same(few.warnings, [`latchkey: ${long}`, `latchkey: ${long}y`]);
  t.equal(many.warnings?.length, 9);
  t.ok(many.warnings?.every((text) => text.length < 256));
});

t.test('an encoder that remembers says of each list what the plain one says', async (t) => {
  const encode = createPatchEncoder();
  const patch = (path: string): Decision => ({
    kind: 'patch',
    operations: [{ op: 'add', path, value: 'ü' }],
    warnings: [],
  });
  const decisions = [patch('/a'), patch('/b')];

  for (const decision of [...decisions, ...decisions]) {
    t.equal(encodeResponse('u', decision, encode), encodeResponse('u', decision));
  }
});
