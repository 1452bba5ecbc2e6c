// docs/from-kes.md and docs/from-eso.md: their commands that need no cluster, as they stand there. The others run in test/cluster.

import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import type { CommandModule } from '../src/commands/command.ts';
import * as lint from '../src/commands/lint.ts';
import * as migrate from '../src/commands/migrate.ts';
import { filesBelow } from './migrate/cases.ts';
import { fences, page, ROOT } from './support/pages.ts';
import { type CommandResult, runCommand } from './support/run-command.ts';

const COMMANDS: Readonly<Record<string, CommandModule>> = { migrate, lint };
/** Of each page: manifests to move, and what is left of them with annotations. */
const PAGES = [
  { path: 'docs/from-kes.md', manifests: 'article-000', with: 'latchkey.dev/env.TEST_VALUE: ssm:' },
  {
    path: 'docs/from-eso.md',
    manifests: 'article-004',
    with: 'latchkey.dev/env.SECRET_KEY: secretsmanager:',
  },
] as const;

/** The lines of a page's block of commands that contains this text, which need no cluster. */
function offline(path: string, containing: string): readonly string[] {
  const blocks = fences(page(path)).filter(
    ({ language, text }) => language === 'sh' && text.includes(containing),
  );
  const lines = blocks.flatMap(({ text }) => text.split('\n'));
  return lines.filter((line) => /^latchkey (?:migrate|lint|render) /.test(line));
}

/** A copy of the manifests as `deploy/`. */
function deployOf(t: Test, manifests: string): string {
  const folder = t.testdir({});
  cpSync(join(ROOT, 'test/fixtures/migrate/annotations', manifests, 'before'), folder, { recursive: true });
  return folder;
}

/** Runs the lines in a folder that has `deploy/`; what the last one said. */
async function type(lines: readonly string[], deploy: string): Promise<CommandResult> {
  const last: CommandResult[] = [];
  for (const line of lines) {
    const [, name = '', ...args] = line.replace(/ > \S+$/, '').split(/\s+/);
    const command = COMMANDS[name];
    if (command === undefined) throw new Error(`${name} is no command of these pages`);
    last.unshift(
      await runCommand(
        command,
        args.map((arg) => arg.replace(/^deploy\//, `${deploy}/`)),
      ),
    );
  }
  const [result] = last;
  if (result === undefined) throw new Error('the page has no such command');
  return result;
}

for (const { path, manifests, with: annotation } of PAGES) {
  t.test(`${path} shows what the roles need, and what would change`, async (t) => {
    const deploy = deployOf(t, manifests);
    const before = filesBelow(deploy);

    const roles = await type(offline(path, '--iam'), deploy);
    const shown = await type(offline(path, '-o diff'), deploy);

    t.equal(roles.code, 0, roles.stderr);
    t.match(roles.stdout, 'sts:AssumeRoleWithWebIdentity');
    t.match(roles.stdout, 'data "aws_iam_policy_document"');
    t.equal(shown.code, 0, shown.stderr);
    t.match(shown.stdout, `+        ${annotation}`);
    t.strictSame(filesBelow(deploy), before, 'nothing is written');
  });

  t.test(`${path} converts, lints clean, and drops what nothing uses`, async (t) => {
    const deploy = deployOf(t, manifests);

    const linted = await type(offline(path, 'latchkey lint'), deploy);
    const converted = Object.values(filesBelow(deploy)).join('---\n');
    const dropped = await type(offline(path, '--drop-unused'), deploy);
    const left = Object.values(filesBelow(deploy)).join('---\n');

    t.equal(linted.code, 0, linted.stdout + linted.stderr);
    t.match(converted, annotation);
    t.match(converted, 'kind: ExternalSecret');
    t.equal(dropped.code, 0, dropped.stderr);
    t.match(left, annotation);
    t.notMatch(left, 'kind: ExternalSecret');
  });
}

t.test('docs/from-kes.md converts to External Secrets Operator', async (t) => {
  const deploy = deployOf(t, 'article-000');

  const { code, stderr } = await type(offline('docs/from-kes.md', '--to eso'), deploy);

  t.equal(code, 0, stderr);
  const text = readFileSync(join(deploy, 'test-app.yaml'), 'utf8');
  t.match(text, 'apiVersion: external-secrets.io/v1');
  t.notMatch(text, 'kubernetes-client.io');
});

t.test('no command of these pages that needs no cluster is left out', async (t) => {
  const run = ['--iam', '-o diff', 'latchkey lint', '--drop-unused', '--to eso'];

  for (const { path } of PAGES) {
    const all = offline(path, 'latchkey ');
    const typed = run.flatMap((containing) => offline(path, containing));
    t.strictSame(new Set(all), new Set(typed), path);
  }
});
