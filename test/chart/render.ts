// Renders the chart as `helm template` does.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

import { buildHelm } from './build-helm.ts';

export const CHART = fileURLToPath(new URL('../../charts/latchkey', import.meta.url));

/** A manifest, for assertions. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Manifest = any;

export interface RenderOptions {
  readonly release?: string;
  readonly namespace?: string;
  readonly kubeVersion?: string;
  /** Kinds that the cluster has besides Kubernetes' own. */
  readonly apiVersions?: readonly string[];
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const helm = await buildHelm((line) => console.error(line));

/** Runs helm, which finds no cluster; `input` is its standard input. */
export function runHelm(args: readonly string[], input = ''): Run {
  const { status, stdout, stderr, error } = spawnSync(helm, args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, KUBECONFIG: '/nonexistent' },
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

/** The outcome of `helm template` with these values. */
export function template(values: object = {}, options: RenderOptions = {}): Run {
  const { release = 'latchkey', namespace = 'latchkey', kubeVersion = '1.36.0', apiVersions = [] } = options;
  const named = ['template', release, CHART, '--namespace', namespace, '--kube-version', kubeVersion];
  const apis = apiVersions.flatMap((version) => ['--api-versions', version]);
  return runHelm([...named, ...apis, '--values', '-'], JSON.stringify(values));
}

/** The manifests that these values give, by `Kind/name` or, where several namespaces have one, `Kind/namespace/name`. */
export function render(values: object = {}, options: RenderOptions = {}): Manifests {
  const { code, stdout, stderr } = template(values, options);
  if (code !== 0) throw new Error(stderr);
  return manifestsOf(stdout, options.namespace ?? 'latchkey');
}

export interface Manifests {
  readonly text: string;
  readonly all: readonly Manifest[];
  readonly names: readonly string[];
  /** Throws where there is none of this name. */
  get(name: string): Manifest;
}

export function manifestsOf(text: string, own: string): Manifests {
  const all = parseAllDocuments(text)
    .map((document): Manifest => document.toJS())
    .filter((manifest) => manifest !== null);
  const named = new Map(all.map((manifest) => [nameOf(manifest, own), manifest]));
  return {
    text,
    all,
    names: [...named.keys()].toSorted(),
    get(name) {
      const found = named.get(name);
      if (found === undefined) throw new Error(`${name} is not among ${[...named.keys()].join(', ')}`);
      return found;
    },
  };
}

function nameOf({ kind, metadata }: Manifest, own: string): string {
  const elsewhere = metadata.namespace !== undefined && metadata.namespace !== own;
  return elsewhere ? `${kind}/${metadata.namespace}/${metadata.name}` : `${kind}/${metadata.name}`;
}

/** The one container of a Deployment. */
export function containerOf(deployment: Manifest): Manifest {
  return deployment.spec.template.spec.containers[0];
}

/** Its variables that have a plain value. */
export function variablesOf(deployment: Manifest): Readonly<Record<string, string>> {
  const entries: readonly { name: string; value: string }[] = containerOf(deployment).env ?? [];
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}

/** Its arguments behind the command: flag to value, `true` for those without. */
export function flagsOf(deployment: Manifest): Readonly<Record<string, string | true>> {
  const [, ...args] = containerOf(deployment).args as readonly string[];
  return Object.fromEntries(
    args.map((arg) => {
      const equals = arg.indexOf('=');
      return equals === -1 ? [arg, true] : [arg.slice(0, equals), arg.slice(equals + 1)];
    }),
  );
}
