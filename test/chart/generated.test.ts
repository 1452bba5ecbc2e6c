// What is made from the chart is what the repository holds.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import t from 'tap';

import { readme } from './readme.ts';
import { type Manifest, manifestsOf, render } from './render.ts';
import { presentFiles, wantedFiles } from './webhook-config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

t.test("the tables of the chart's README are made from values.yaml", async (t) => {
  const { is, wanted } = readme();

  t.equal(is, wanted, 'run: node test/chart/readme.ts');
});

t.test('the kustomize base is made from the chart', async (t) => {
  const present = presentFiles();
  const wanted = wantedFiles();

  t.same(
    [...present.keys()].toSorted(),
    [...wanted.keys()].toSorted(),
    'run: node test/chart/webhook-config.ts',
  );
  for (const [name, text] of wanted) t.equal(present.get(name), text, name);
});

t.test('the kustomize base lists every file of it', async (t) => {
  const { resources } = parse(presentFiles().get('kustomization.yaml') ?? '') as {
    resources: readonly string[];
  };

  t.same([...resources, 'kustomization.yaml'].toSorted(), [...presentFiles().keys()].toSorted());
});

t.test('kubectl kustomize gives what helm template gives, and the namespace', async (t) => {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', 'webhook-config'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
  const chart = render();
  const base = manifestsOf(stdout, 'latchkey');

  const names = chart.names.filter((name) => !isHook(chart.get(name)));
  t.same(base.names, [...names, 'Namespace/latchkey'].toSorted());
  for (const name of names) t.same(base.get(name), withoutHelm(chart.get(name)), name);
});

function isHook({ metadata }: Manifest): boolean {
  return metadata.annotations?.['helm.sh/hook'] !== undefined;
}

function withoutHelm(manifest: Manifest): Manifest {
  const plain = structuredClone(manifest);
  for (const metadata of [plain.metadata, plain.spec?.template?.metadata ?? {}]) {
    delete metadata.labels?.['helm.sh/chart'];
    if (metadata.labels?.['app.kubernetes.io/managed-by'] === 'Helm')
      delete metadata.labels['app.kubernetes.io/managed-by'];
  }
  return plain;
}
