// docs/install.md, typed as it stands there: every command, in its order, in a new cluster for each way to install. AWS is moto, for
// the AWS CLI as for Latchkey: it keeps what it is given, and neither verifies tokens nor enforces policies (suite/api-server/
// identity.test.ts is about those).

import { cp, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import t, { type Test } from 'tap';

import { installedMoto } from '../../../aws/moto-program.ts';
import { startMoto } from '../../../aws/moto.ts';
import { builtProgram } from '../../../support/built-program.ts';
import { page } from '../../../support/pages.ts';
import { awsCliPath } from '../../support/aws-cli.ts';
import { CHECKOUT, startGround, type Ground } from '../../support/installed.ts';
import { noneEnds } from '../../support/none-ends.ts';
import { asOneLine, stepsOf, type Step } from '../../support/page-steps.ts';
import { run, type Ran } from '../../support/tools.ts';

/** Headings whose commands somebody types who goes this way. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  'with Helm': [
    ...['### With Helm', '## See that it works', '## The first pod', '### From a file', '### From AWS'],
    ...['### Uninstall with Helm', '### What stays'],
  ],
  'without Helm': [
    ...['### Without Helm', '## See that it works', '## The first pod', '### From AWS'],
    ...['### Uninstall without Helm', '### What stays'],
  ],
};

const steps = stepsOf(page('docs/install.md'));
const path = await awsCliPath(console.error);
installedMoto(console.error);

t.test('every command of the page is on one of the ways', async (t) => {
  const headings = new Set(steps.map(({ heading }) => heading));

  t.strictSame([...headings].toSorted(), [...new Set(Object.values(WAYS).flat())].toSorted());
});

for (const [name, headings] of Object.entries(WAYS)) {
  t.test(`docs/install.md, ${name}`, async (t) => {
    const shell = await openShell(t);

    for (const step of steps.filter(({ heading }) => headings.includes(heading))) {
      const { code, output } = await shell(step);

      const what = `${step.heading}: ${step.script.split('\n')[0] ?? ''}`;
      if (!t.equal(code !== 0, step.fails, what)) throw new Error(output);
      const isSo = asOneLine(output).includes(step.prints);
      t.ok(isSo, `${what} prints what the page says`, isSo ? {} : { output });
    }
  });
}

/** A shell in a folder with what the page's commands name of a checkout. Variables that a step exports stay. */
async function openShell(t: Test): Promise<(step: Step) => Promise<Ran>> {
  const directory = t.testdir();
  const moto = await startMoto();
  t.teardown(() => moto.stop());
  const ground = await startGround({ imageEnv: { LATCHKEY_AWS_ENDPOINT_URL: moto.url } });
  t.teardown(() => ground.stop());
  await checkOut(directory);
  const env = await environment(directory, ground, moto.url);
  const cluster = [
    '--name=my-cluster',
    '--role-arn=arn:aws:iam::123456789012:role/eks',
    '--resources-vpc-config={}',
  ];
  await run('aws', ['eks', 'create-cluster', ...cluster], {
    env: { ...env, AWS_DEFAULT_REGION: 'eu-central-1' },
  });
  return async ({ script }) => {
    // Whoever types is slower than replicas end.
    await noneEnds(ground.api, 'latchkey');
    const kept = join(directory, '.exports');
    const whole = `set -eu; [ ! -e ${kept} ] || . ${kept}\n${script}\nexport -p > ${kept}`;
    return await run('bash', ['-c', whole], { cwd: directory, env });
  };
}

async function checkOut(directory: string): Promise<void> {
  for (const folder of ['charts', 'webhook-config']) {
    await cp(join(CHECKOUT, folder), join(directory, folder), { recursive: true });
  }
  await cp(dirname(builtProgram()), join(directory, 'dist'), { recursive: true });
  // Without the scripts that build.
  const manifest = { name: 'latchkey', version: '0.1.0', bin: { latchkey: 'dist/latchkey.cjs' } };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
}

async function environment(directory: string, ground: Ground, awsUrl: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  for (const [name, program] of Object.entries(ground.programs)) {
    // A copy of kubectl would be the whole control plane.
    await writeFile(join(bin, name), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  }
  return {
    PATH: [bin, dirname(process.execPath), path].join(delimiter),
    HOME: directory,
    KUBECONFIG: ground.kubeconfig,
    npm_config_cache: join(directory, '.npm'),
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_PAGER: '',
  };
}
