// After the suite: what the API server's audit log says about it. Run by test.ts, where the cluster is its own.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import t from 'tap';

import type { Json } from './support/api.ts';
import { adoptionRules, serveRules } from './support/registration.ts';

const USER = /^system:serviceaccount:latchkey-[0-9a-f]{8}:serve$/;
/** All secret values of the suite contain it. */
const CANARY = 'canary';

const log = process.env['LATCHKEY_TEST_AUDIT_LOG'] ?? '';
const denied: string[] = [];
const used = new Set<string>();
const leaks: string[] = [];
let patches = 0;

for await (const line of createInterface(createReadStream(log))) {
  const event: Json = JSON.parse(line);
  // A test that reads a Secret's value doesn't show it here: of Secrets only metadata are logged.
  if (line.includes(CANARY)) leaks.push(event.requestURI);
  if (line.includes('patch.webhook.admission.k8s.io')) patches += 1;
  if (!USER.test(event.user?.username ?? '') || event.objectRef === undefined) continue;
  const { apiGroup = '', resource, subresource } = event.objectRef;
  const asked = `${event.verb} ${apiGroup}/${subresource === undefined ? resource : `${resource}/${subresource}`}`;
  const forbidden = event.annotations?.['authorization.k8s.io/decision'] === 'forbid';
  if (forbidden) denied.push(asked);
  // The token check wants to be refused, by a policy: what is good for nothing else is granted for nothing.
  else if (event.responseStatus?.code !== 403) used.add(asked);
}

t.test('nothing that serve asked was forbidden', async (t) => {
  t.strictSame(denied, []);
});

t.test('serve used every right that it has', async (t) => {
  const granted = [...serveRules(), ...adoptionRules()].flatMap(({ apiGroups, resources, verbs }: Json) =>
    verbs.flatMap((verb: string) =>
      resources.map((resource: string) => `${verb} ${apiGroups[0]}/${resource}`),
    ),
  );

  t.strictSame(
    granted.filter((right: string) => !used.has(right)),
    [],
  );
});

t.test('no secret value is in it, although pods and patches are logged whole', async (t) => {
  t.ok(patches > 0, 'patches are logged');
  t.strictSame(leaks, []);
});
