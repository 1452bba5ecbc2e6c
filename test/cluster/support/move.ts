// What the pages about the move from another controller need: a namespace with a Deployment and its definition in `deploy/`, and a
// look at what the page's commands did.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Json } from './api.ts';
import { eventually } from './eventually.ts';
import type { HelmRelease, ReleaseNamespace } from './helm-release.ts';
import { podOf } from './objects.ts';
import type { PageCommands } from './page-commands.ts';
import { restarted } from './restarted.ts';
import { mustRun } from './tools.ts';

/** What the pages call the Deployment, its definition and its Secret. */
export const APP = 'test-app';

export interface Shop extends ReleaseNamespace {
  readonly app: string;
}

export async function openShop(release: HelmRelease): Promise<Shop> {
  return { ...(await release.namespace()), app: APP };
}

/** As a person types it, in the folder that has `deploy/`. */
export async function shell({ env, directory }: HelmRelease, script: string): Promise<string> {
  return await mustRun('bash', ['-c', `set -euo pipefail\n${script}`], { env, cwd: directory });
}

/** Writes a Deployment that uses a Secret of its own name, and what makes that, into a file. @returns the file */
export async function writeManifests(
  { directory }: HelmRelease,
  { name: namespace }: Shop,
  { name, definitions }: { readonly name: string; readonly definitions: string },
): Promise<string> {
  const file = join(directory, 'deploy', namespace, `${name}.yaml`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      serviceAccountName: app
      containers:
        - name: app
          image: registry.example.com/app:1
          env:
            - name: PASSWORD
              valueFrom: { secretKeyRef: { name: ${name}, key: password } }
---
${definitions}`,
  );
  return file;
}

/** The page's own way to watch a roll-out. */
export async function watchRollOut({ run }: PageCommands, at: Shop): Promise<string> {
  return await restarted(() => run('One namespace, side by side', 'rollout restart', at));
}

/** What the chart changed is in its processes when their pods are new. */
export async function rolledOut({ serve }: HelmRelease): Promise<void> {
  await serve.stop();
  await serve.start();
}

export async function secretOf({ api }: HelmRelease, { core }: Shop, name: string): Promise<Json> {
  return await api.get(`${core}/secrets/${name}`);
}

/** Waits until the API server asks about pods of this namespace, or asks no more. */
export async function reviewed({ api }: HelmRelease, { core }: Shop, expected = true): Promise<void> {
  const envFrom = [{ secretRef: { name: 'nowhere' } }];
  const containers = [{ name: 'app', image: 'registry.example.com/app:1', envFrom }];
  const pod = podOf({ name: 'nobody', annotations: {}, spec: { containers } });
  await eventually(
    async () => {
      const { body } = await api.send('POST', `${core}/pods?dryRun=All`, pod);
      return String(body.message).includes('LK-NO-DEFINITION') === expected;
    },
    `pods ${expected ? '' : 'no longer '}go through Latchkey`,
  );
}
