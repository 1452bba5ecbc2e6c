// What the container that fills CSI volumes leaves in them: the shipped program as a child process, with the variables of the
// pod as it was admitted, the volumes as directories, and a token as the kubelet would project it.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { decodeFetchPlan, encodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import { CONTAINER_VOLUMES, FETCH_PLAN_VARIABLE, FETCH_VOLUMES_ROOT } from '../../src/names.ts';
import { builtProgram } from './built-program.ts';

export interface FilledFile {
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

export interface Filled {
  readonly code: number | null;
  readonly stderr: string;
  readonly terminationMessage: string;
  /** By `VOLUME/PATH`. */
  readonly files: Readonly<Record<string, FilledFile>>;
}

export interface FillOptions {
  /** Of the pod's service account. */
  readonly token: string;
  /** Where the agent of EKS Pod Identity is, as its webhook tells every container of the pod. */
  readonly agent?: string;
}

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

/** Starts the container and waits for its end. @param pod as it was admitted */
export async function fillVolumes(pod: unknown, { token, agent }: FillOptions): Promise<Filled> {
  const { spec } = pod as { readonly spec: { readonly initContainers?: readonly Container[] } };
  const container = spec.initContainers?.find(({ name }) => name === CONTAINER_VOLUMES);
  if (container === undefined) throw new Error('the pod has no container that fills its volumes');
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-volumes-'));
  const [root, tokenFile, log] = ['volumes', 'token', 'log'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  try {
    await mkdir(root);
    for (const { mountPath } of container.volumeMounts)
      if (mountPath.startsWith(`${FETCH_VOLUMES_ROOT}/`))
        await mkdir(join(root, mountPath.slice(FETCH_VOLUMES_ROOT.length + 1)));
    await Promise.all([writeFile(tokenFile, token), writeFile(log, '')]);
    const encoded = container.env.find(({ name }) => name === FETCH_PLAN_VARIABLE)?.value;
    const { webIdentity, ...plan } = decodeFetchPlan(encoded);
    const moved = {
      ...plan,
      filesRoot: root,
      ...(webIdentity === undefined ? {} : { webIdentity: { ...webIdentity, tokenFile } }),
    };
    const child = spawn(process.execPath, [builtProgram(), 'fetch', '--termination-log', log], {
      env: {
        [FETCH_PLAN_VARIABLE]: encodeFetchPlan(moved),
        ...(agent === undefined
          ? {}
          : {
              AWS_CONTAINER_CREDENTIALS_FULL_URI: agent,
              AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
            }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const stderr = await text(child.stderr);
    return {
      code: await ended,
      stderr,
      terminationMessage: await readFile(log, 'utf8'),
      files: await filesBelow(root),
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function filesBelow(root: string): Promise<Readonly<Record<string, FilledFile>>> {
  const files: Record<string, FilledFile> = {};
  for (const path of (await readdir(root, { recursive: true })).sort()) {
    const found = await stat(join(root, path));
    if (found.isFile()) files[path] = { bytes: await readFile(join(root, path)), mode: found.mode & 0o7777 };
  }
  return files;
}
