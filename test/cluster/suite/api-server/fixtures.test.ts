// Every patch in test/fixtures/pods, applied and put before the real API server's validation.

import { readdirSync, readFileSync } from 'node:fs';
import fastJsonPatch from 'fast-json-patch';
import t from 'tap';
import { parseAllDocuments } from 'yaml';

import { clusterApi, type Json } from '../../support/api.ts';
import { defaultAccount } from '../../support/namespaces.ts';

const FOLDER = new URL('../../../fixtures/pods/', import.meta.url);
const CASES = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : [],
);

const api = clusterApi();
const namespace = `fixtures-${String(process.pid)}`;
const path = `/api/v1/namespaces/${namespace}`;
await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
t.teardown(() => api.remove(path));
await defaultAccount(api, path);

/** The parts of a fixture that a stored pod could not have been made with are not what is tried here. */
function created(pod: Json): Json {
  const left = { ownerReferences: undefined, uid: undefined, resourceVersion: undefined };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...left, namespace },
    spec: { ...pod.spec, serviceAccountName: undefined },
  };
}

/** The expected patch shows the plan of `fetch` in clear. */
function operationsOf(name: string): readonly Json[] {
  const expected: Json = JSON.parse(readFileSync(new URL(`${name}.patch.json`, FOLDER), 'utf8'), (_, part) =>
    part?.name === 'LATCHKEY_FETCH_PLAN' ? { ...part, value: JSON.stringify(part.value) } : part,
  );
  return Array.isArray(expected) ? expected : (expected.operations ?? []);
}

/** What validation says about a pod, each once whatever the position in a list. */
async function problemsOf(pod: Json): Promise<ReadonlySet<string>> {
  const { body } = await api.send('POST', `${path}/pods?dryRun=All`, created(pod));
  const causes: readonly Json[] = body.details?.causes ?? (body.kind === 'Pod' ? [] : [body]);
  return new Set(causes.map(({ field, message }) => `${String(field).replaceAll(/\d+/g, 'N')}: ${message}`));
}

for (const name of CASES) {
  const operations = operationsOf(name);
  if (operations.length === 0) continue;
  t.test(`${name}: the patch brings nothing that validation refuses`, async (t) => {
    const [document] = parseAllDocuments(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8'));
    const pod: Json = document?.toJS();
    const patched = fastJsonPatch.applyPatch(structuredClone(pod), structuredClone(operations) as []);

    const [before, after] = await Promise.all([problemsOf(pod), problemsOf(patched.newDocument)]);

    // Some fixtures hold what no API server would take, to see that it survives.
    t.strictSame(
      [...after].filter((problem) => !before.has(problem)),
      [],
    );
  });
}
