// A controller that makes Secrets of definitions, as far as it can be seen: its chart with its Deployment, and what it writes. The
// program itself does not run.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Api, Json } from './api.ts';
import { base64 } from './objects.ts';

export interface OtherController {
  /** Of its release, its namespace and its Deployment, and what the Deployment's label says. */
  readonly name: string;
  /** Further templates of its chart, by file. */
  readonly templates?: Readonly<Record<string, string>>;
}

/** Writes a chart as a folder. */
export async function writeChart(folder: string, { name, templates = {} }: OtherController): Promise<void> {
  await mkdir(join(folder, 'templates'), { recursive: true });
  await writeFile(join(folder, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
  await writeFile(join(folder, 'values.yaml'), 'crds: { annotations: {} }\n');
  const labels = { 'app.kubernetes.io/name': name };
  const container = { name: 'controller', image: 'registry.example.com/controller:1' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
  const all = { 'deployment.yaml': JSON.stringify(deployment), ...templates };
  for (const [file, text] of Object.entries(all)) await writeFile(join(folder, 'templates', file), text);
}

export interface Written {
  /** Of the namespace's core group. */
  readonly core: string;
  /** As stored. */
  readonly definition: Json;
  readonly data: Readonly<Record<string, string>>;
}

/** As kubernetes-external-secrets does: the whole Secret, labels and annotations included. */
export async function writeAsKes(api: Api, written: Written): Promise<void> {
  await put(api, written, {});
}

/** As External Secrets Operator does: its labels and its annotation beside those that are there. */
export async function writeAsEso(api: Api, written: Written): Promise<void> {
  const { body } = await api.send('GET', secretPath(written));
  await put(api, written, {
    labels: { ...body.metadata?.labels, 'reconcile.external-secrets.io/managed': 'true' },
    annotations: { ...body.metadata?.annotations, 'reconcile.external-secrets.io/data-hash': 'a-hash' },
  });
}

function nameOf({ definition }: Written): string {
  return definition.spec?.target?.name ?? definition.metadata.name;
}

function secretPath(written: Written): string {
  return `${written.core}/secrets/${nameOf(written)}`;
}

async function put(api: Api, written: Written, metadata: Json): Promise<void> {
  const { apiVersion, kind, metadata: own } = written.definition;
  const ownerReferences = [{ apiVersion, kind, name: own.name, uid: own.uid, controller: true }];
  const data = Object.fromEntries(Object.entries(written.data).map(([key, text]) => [key, base64(text)]));
  const secret = { metadata: { ...metadata, name: nameOf(written), ownerReferences }, type: 'Opaque', data };
  const { status } = await api.send('POST', `${written.core}/secrets`, secret);
  if (status === 409) await api.send('PUT', secretPath(written), secret);
}
