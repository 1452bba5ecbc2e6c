// The README's example is run: its pod is what the webhook makes of its Deployment.

import t from 'tap';
import { parse } from 'yaml';
import * as render from '../src/commands/render.ts';
import { fences, page, section } from './support/pages.ts';
import { runCommand } from './support/run-command.ts';

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

t.test('the README shows what its Deployment becomes', async (t) => {
  const examples = fences(page('README.md')).filter(({ language }) => language === 'yaml');
  const [written = '', shown = ''] = examples.map(({ text }) => text);
  const flags = ['--region', 'eu-central-1', '--role-arn', 'arn:aws:iam::111122223333:role/test-app'];

  const { stdout } = await runCommand(render, ['-f', '-', '-o', 'json', ...flags], written);

  const { pod }: Json = JSON.parse(stdout).pods[0];
  const names = (text: string): string =>
    text.replaceAll(/latchkey-test-app-[\w-]+(?:<64 hex digits>|placeholder)/g, 'NAME');
  const expected: Json = parse(names(shown).replaceAll('0444', '0o444'));
  const made: Json = JSON.parse(names(JSON.stringify(pod)));
  const [container] = made.spec.containers;
  const [wanted] = expected.spec.containers;
  t.match(made.metadata.annotations, expected.metadata.annotations);
  t.same(container.env, wanted.env);
  t.same(container.volumeMounts, wanted.volumeMounts);
  t.same(made.spec.volumes, expected.spec.volumes);
});

t.test('the README installs the chart as its own README does', async (t) => {
  const [install] = fences(section(page('README.md'), '## Install it in a cluster'));
  const [own] = fences(page('charts/latchkey/README.md'));

  t.ok(install?.text.startsWith(own?.text ?? 'none'));
});
