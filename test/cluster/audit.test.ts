// After the suite: what the API server's audit log says about it. Run by test.ts, where the cluster is its own.

import { createReadStream, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';

import type { Json } from './support/api.ts';
import { render } from '../chart/render.ts';

const USER = /^system:serviceaccount:latchkey-[0-9a-f]{8}:latchkey-[0-9a-f]{8}-(serve|controller)$/;
/** All secret values of the suite contain it. */
const CANARY = 'canary';
/** Not logged: every leader of a cluster renews one every few seconds. */
const UNLOGGED = / coordination\.k8s\.io\//;

const denied: string[] = [];
const used = new Set<string>();
const leaks: string[] = [];
let patches = 0;

for await (const line of linesOf(process.env['LATCHKEY_TEST_AUDIT_LOG'] ?? '')) {
  const event: Json = JSON.parse(line);
  // A test that reads a Secret's value doesn't show it here: of Secrets only metadata are logged.
  if (line.includes(CANARY)) leaks.push(event.requestURI);
  if (line.includes('patch.webhook.admission.k8s.io')) patches += 1;
  const [, user] = USER.exec(event.user?.username ?? '') ?? [];
  if (user === undefined || event.objectRef === undefined) continue;
  const { apiGroup = '', resource, subresource } = event.objectRef;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const asked = `${user} ${event.verb} ${apiGroup}/${what}`;
  const forbidden = event.annotations?.['authorization.k8s.io/decision'] === 'forbid';
  if (forbidden) denied.push(`${asked}: ${event.requestURI} at ${event.requestReceivedTimestamp}`);
  // The token check wants to be refused, by a policy: what is good for nothing else is granted for nothing.
  else if (event.responseStatus?.code !== 403) used.add(asked);
}

/** Of the log, and of what became too long and was put aside. */
async function* linesOf(log: string): AsyncGenerator<string> {
  for (const file of globSync(join(dirname(log), 'audit*.log')))
    yield* createInterface(createReadStream(file));
}

const { all: manifests } = render({
  adoption: { enabled: true, materialize: { enabled: true } },
  sealing: { keyNamespaces: ['keys'], ownKeys: { enabled: true } },
});

/** Every right that the chart gives to one of its users. */
function granted(user: string): readonly string[] {
  const roles = [`latchkey-${user}`, `latchkey-${user}-sealing-keys`];
  const rules = manifests
    .filter(({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && roles.includes(metadata.name))
    .flatMap((role): readonly Json[] => role.rules);
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    verbs.flatMap((verb: string) =>
      resources.map((resource: string) => `${user} ${verb} ${apiGroups[0]}/${resource}`),
    ),
  );
}

t.test('nothing that Latchkey asked was forbidden', async (t) => {
  t.strictSame(denied, []);
});

for (const user of ['serve', 'controller']) {
  t.test(`${user} used every right that it has`, async (t) => {
    const rights = granted(user);

    t.ok(rights.length > 0);
    t.strictSame(
      rights.filter((right) => !used.has(right) && !UNLOGGED.test(right)),
      [],
    );
  });
}

t.test('no secret value is in it, although pods and patches are logged whole', async (t) => {
  t.ok(patches > 0, 'patches are logged');
  t.strictSame(leaks, []);
});
