// `node test/chart/webhook-config.ts` writes the kustomize base from the chart with its default values.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { template } from './render.ts';

const FOLDER = fileURLToPath(new URL('../../webhook-config', import.meta.url));
/** Written by hand. */
const OTHERS = new Set(['README.md']);
const HEAD = '# Made from charts/latchkey with its default values: `node test/chart/webhook-config.ts`.\n';

const NAMESPACE = `apiVersion: v1
kind: Namespace
metadata:
  name: latchkey
  labels:
    pod-security.kubernetes.io/enforce: restricted
`;

/** The files of the base by name, as the chart wants them. */
export function wantedFiles(): ReadonlyMap<string, string> {
  const { code, stdout, stderr } = template();
  if (code !== 0) throw new Error(stderr);
  const files = new Map<string, string>();
  for (const document of stdout.split(/^---\n/m)) {
    const [, path = ''] = /^# Source: latchkey\/templates\/(.+)$/m.exec(document) ?? [];
    const text = withoutHelm(document);
    // What Helm runs before it uninstalls is no object of the installation.
    if (path === '' || text === '' || document.includes('helm.sh/hook:')) continue;
    const name = path.replaceAll('/', '-');
    files.set(name, files.has(name) ? `${files.get(name) ?? ''}---\n${text}` : `${HEAD}${text}`);
  }
  const names = [...files.keys()].toSorted();
  files.set('namespace.yaml', HEAD + NAMESPACE);
  const list = ['namespace.yaml', ...names].map((name) => `  - ${name}\n`).join('');
  const kustomization = `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${list}`;
  files.set('kustomization.yaml', HEAD + kustomization);
  return files;
}

/** The files that are there. */
export function presentFiles(): ReadonlyMap<string, string> {
  const names = readdirSync(FOLDER).filter((name) => !OTHERS.has(name));
  return new Map(names.map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
}

/** What Helm alone reads says nothing to others, and `managed-by: Helm` would not be true. */
function withoutHelm(document: string): string {
  const lines = document.split('\n').filter((line) => {
    const foreign = /^# Source: |^ *helm\.sh\/chart: |^ *app\.kubernetes\.io\/managed-by: Helm$/.test(line);
    return !foreign && line.trim() !== '';
  });
  const text = lines.join('\n');
  return text === '' ? '' : `${text}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = wantedFiles();
  for (const name of presentFiles().keys()) rmSync(join(FOLDER, name));
  for (const [name, text] of wanted) writeFileSync(join(FOLDER, name), text);
}
