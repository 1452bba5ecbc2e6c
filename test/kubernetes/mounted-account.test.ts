import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { mountedAccount } from '../../src/kubernetes/mounted-account.ts';

function tokenOf(claims: unknown): string {
  return `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
}

t.test('the mounted token says who we are', async (t) => {
  const directory = t.testdir();
  const serviceaccount = { name: 'latchkey-controller', uid: '3b79db50' };
  const claims = { sub: 'x', 'kubernetes.io': { namespace: 'latchkey', serviceaccount } };
  await writeFile(join(directory, 'token'), tokenOf(claims));

  t.same(await mountedAccount(directory), serviceaccount);
});

for (const [what, token] of [
  ['no token', undefined],
  ['an empty one', ''],
  ['a token of another kind', 'opaque'],
  ['a token without these claims', tokenOf({ sub: 'x' })],
  ['claims of another shape', tokenOf({ 'kubernetes.io': { serviceaccount: { name: 1, uid: [] } } })],
] as const) {
  t.test(`${what} says nothing`, async (t) => {
    const directory = t.testdir();
    if (token !== undefined) await writeFile(join(directory, 'token'), token);

    t.equal(await mountedAccount(directory), undefined);
  });
}
