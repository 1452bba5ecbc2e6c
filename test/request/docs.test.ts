// docs/annotations.md and docs/references.md say what the planner does: each example is run, each table compared.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { describe } from '../../src/errors.ts';
import {
  NAMESPACE_ANNOTATIONS,
  POD_ANNOTATION_FAMILIES,
  POD_ANNOTATIONS,
  PREFIX,
  SERVICE_ACCOUNT_ANNOTATIONS,
} from '../../src/names.ts';
import { readBlock } from '../../src/request/block-form.ts';
import type { Pod } from '../../src/request/pod.ts';
import { parseReference } from '../../src/request/reference.ts';
import { dataKey } from '../../src/request/slot.ts';
import { parseTemplate } from '../../src/request/template.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { delivered } from './deliver.ts';
import { planned, podOf, problemsFor } from './support.ts';

function page(name: string): string {
  return readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
}

/** The first column of the first table below a heading, without its code marks. */
function firstColumn(text: string, heading: string): readonly string[] {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  const end = section
    .split('\n')
    .findIndex((line, index) => index > 2 && !line.startsWith('|') && rows.length > 0);
  const table = section.split('\n').slice(0, end === -1 ? undefined : end);
  return table.flatMap((line) => /^\| `([^`]+)` \|/.exec(line)?.[1] ?? []);
}

interface Manifest {
  readonly kind: string;
  readonly metadata: Pod['metadata'];
  readonly spec: Pod['spec'] & { readonly template?: Pod };
}

function examples(text: string): readonly Manifest[] {
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml = '']): Manifest => parse(yaml));
}

const annotations = page('annotations');

t.test('the tables list every annotation, and nothing else', async (t) => {
  const families = POD_ANNOTATION_FAMILIES.map((family) => `${family}NAME`);

  t.strictSame(
    firstColumn(annotations, '## On the pod').toSorted(),
    [...POD_ANNOTATIONS, ...families].toSorted(),
  );
  t.strictSame(
    firstColumn(annotations, '## On the namespace').toSorted(),
    [...NAMESPACE_ANNOTATIONS].toSorted(),
  );
  t.strictSame(firstColumn(annotations, '## On the service account'), [...SERVICE_ACCOUNT_ANNOTATIONS]);
});

t.test('each example of annotations.md is planned and delivered', async (t) => {
  const found = examples(annotations);
  const namespaces = found.filter(({ kind }) => kind === 'Namespace');
  const pods = found.filter(({ kind }) => kind !== 'Namespace');

  t.equal(pods.length, 9, 'the examples are found');
  for (const { kind, metadata, spec } of pods) {
    const pod = spec.template ?? { metadata, spec };
    const namespace = namespaces.find((each) => each.metadata.name === metadata.namespace);
    const result = planned(pod, { namespaceAnnotations: namespace?.metadata.annotations ?? {} });

    const disabled = pod.metadata.annotations?.['latchkey.dev/injection'] === 'disabled';
    t.match(result, { kind: disabled ? 'skip' : 'plan' }, `${kind} ${metadata.name}`);
    if (result.kind !== 'plan') continue;
    const filled = result.plan.items.map(({ slot }) => ({ slot, value: new SecretValue('x') }));
    t.match(
      delivered(pod, result.plan, filled),
      { problems: { length: 0 } },
      `${kind} ${metadata.name} is delivered`,
    );
  }
});

t.test('the example of files makes the files that the page says', async (t) => {
  const gateway = examples(annotations).find(({ metadata }) => metadata.name === 'gateway');
  const result =
    gateway === undefined ? undefined : planned({ metadata: gateway.metadata, spec: gateway.spec });

  t.match(result, { kind: 'plan', plan: { mountPath: '/secrets', fileMode: 0o440 } });
  const keys = result?.kind === 'plan' ? result.plan.items.map(({ slot }) => dataKey(slot)) : [];
  t.strictSame(keys, [
    'file._2fetc_2fgateway_2ftoken',
    'file.app.properties',
    'file.certs_2fca.pem',
    'file.keystore.p12',
    'file.tls.key',
  ]);
});

t.test('the refusal that annotations.md shows is the one that is given', async (t) => {
  const [, shown = ''] = /^```text\n([\s\S]*?)^```$/m.exec(annotations) ?? [];

  const problems = problemsFor(podOf({ 'evn.A': 'ssm:/a', 'env.B': 'secretmanager:b', 'env.C': '' }));

  t.equal(`${problems.map(describe).join('\n')}\n`, shown);
});

t.test('each reference and template of references.md is read', async (t) => {
  const text = page('references');
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const written = quoted.filter((code) => /^(?:ssm:|secretsmanager:|arn:aws:)[^…]*[^…:/]$/.test(code));
  const templates = [...text.matchAll(/^```\n(.*\(\(.*)\n```$/gm)].map(([, code = '']) => code);

  t.ok(written.length >= 12);
  for (const code of written) t.doesNotThrow(() => parseReference(code, 'members'), code);
  t.ok(templates.length >= 1);
  for (const code of templates) t.doesNotThrow(() => parseTemplate(code), code);
});

t.test('each option of references.md is read', async (t) => {
  const options = firstColumn(page('references'), '## Options');

  t.ok(options.length >= 12);
  for (const option of options) {
    const use = option.startsWith('mode')
      ? 'file'
      : /^(?:prefix|case|keys)/.test(option)
        ? 'members'
        : 'value';
    t.doesNotThrow(() => parseReference(`secretsmanager:a?${option}`, use), option);
  }
});

t.test('the block form of the examples is the block form of the parser', async (t) => {
  const blocks = examples(annotations).flatMap(({ metadata, spec }) => {
    const all = spec?.template?.metadata.annotations ?? metadata.annotations ?? {};
    return ['env', 'files'].flatMap((name) => all[PREFIX + name] ?? []);
  });

  t.equal(blocks.length, 2);
  for (const block of blocks) t.ok(readBlock(block).length >= 3);
});
