import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

import { builtProgram } from './support/built-program.ts';
import { testCertificates } from './support/certificates.ts';

interface Ended {
  readonly code: number | string | null | undefined;
  readonly output: string;
}

function ended(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}

/** What goes wrong once the program runs, in every way that Node has. */
const ACCIDENTS = {
  'an exception':
    'throw Object.assign(new TypeError("canary-message"), { cause: "canary-cause", $response: "canary-body" });',
  'text that is thrown': 'throw "canary-text";',
  'a rejection': 'Promise.reject(new Error("canary-message", { cause: new Error("canary-cause") }));',
  'a rejection with an object': 'Promise.reject({ SecretString: "canary-value" });',
  'a rejection with text': 'Promise.reject("canary-text");',
};

t.test('last words name what happened, and none of what was thrown', async (t) => {
  const root = t.testdir();
  const { serving } = await testCertificates();
  await writeFile(join(root, 'tls.crt'), serving.cert);
  await writeFile(join(root, 'tls.key'), serving.key);
  const serve = [
    ...['serve', '--no-kubernetes', '--default-delivery=memory'],
    ...['--listen=127.0.0.1:0', '--health-listen=127.0.0.1:0'],
    ...[`--tls-cert=${join(root, 'tls.crt')}`, `--tls-key=${join(root, 'tls.key')}`],
  ];

  for (const [what, accident] of Object.entries(ACCIDENTS)) {
    const script = join(root, 'accident.mjs');
    await writeFile(script, `setTimeout(() => { ${accident} }, 300);\n`);

    const { code, output } = await ended(['--import', pathToFileURL(script).href, builtProgram(), ...serve]);

    t.equal(code, 1, what);
    t.match(output, /latchkey: a bug in Latchkey \[LK-INTERNAL\] \{"name":/, what);
    t.notMatch(output, /canary/, what);
  }
});
