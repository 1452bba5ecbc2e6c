// Makes test/fixtures/sealed anew: throw-away keys, and values that the real kubeseal sealed with them. Run by hand:
// node test/kubeseal/make-known-answers.ts

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { issueSealingCertificate } from '../../src/sealed/issue-certificate.ts';
import { SCOPES } from '../../src/sealed/scope.ts';
import { buildSealedSecrets } from './build-kubeseal.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/sealed', import.meta.url));
const NOTE = 'Throw-away keys for tests. They open the fixtures beside them and nothing else.';
const FROM = Date.parse('2026-01-01T00:00:00Z');
const UNTIL = Date.parse('2126-01-01T00:00:00Z');
const VALUES = {
  text: Buffer.from('fixture-žluťoučký-kůň'),
  'with a line break': Buffer.from('fixture\n'),
  empty: Buffer.alloc(0),
  bytes: Buffer.from(Array.from({ length: 256 }, (_, index) => index)),
  long: Buffer.alloc(3000, 'fixture '),
};

const kubeseal = await buildSealedSecrets('kubeseal', (line) => {
  console.error(line);
});
mkdirSync(FOLDER, { recursive: true });
const answers: object[] = [];
const keys: object[] = [];
const certificateFile = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'cert.pem');
for (const bits of [2048, 3072, 4096]) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const type = bits === 3072 ? 'pkcs8' : 'pkcs1';
  const certificate = await issueSealingCertificate(privateKey, { notBeforeMs: FROM, notAfterMs: UNTIL });
  keys.push({ bits, privateKey: privateKey.export({ type, format: 'pem' }), certificate });
  writeFileSync(certificateFile, certificate);
  for (const scope of SCOPES) {
    for (const [what, value] of Object.entries(VALUES)) {
      const names = ['--namespace', 'shop', '--name', 'db'];
      const text = execFileSync(kubeseal, ['--raw', '--cert', certificateFile, '--scope', scope, ...names], {
        input: value,
        encoding: 'utf8',
      });
      answers.push({ bits, scope, what, value: value.toString('base64'), text });
    }
  }
}
const version = execFileSync(kubeseal, ['--version'], { encoding: 'utf8' }).trim();
const about = `${version}, github.com/bitnami/sealed-secrets v0.40.0; for namespace shop, name db`;
writeJson('keys.json', { about: NOTE, keys });
writeJson('known-answers.json', { about, answers });

function writeJson(name: string, value: object): void {
  writeFileSync(join(FOLDER, name), `${JSON.stringify(value, undefined, 2)}\n`);
}
