import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';

import { parsePolicy } from '../../src/policy/policy-file.ts';

const root = join(import.meta.dirname, '../..');

t.test('the policies of docs and examples are policies', async (t) => {
  const page = await readFile(join(root, 'docs/policy.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n(version: 1\n[\s\S]*?)```/g)].map(([, block]) => block ?? '');
  const example = await readFile(join(root, 'examples/policy.yaml'), 'utf8');

  t.equal(blocks.length, 1);
  for (const text of [...blocks, example]) t.match(parsePolicy(text), { kind: 'policy' });
});
