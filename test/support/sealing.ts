// What the tests of `latchkey seal` have in common: keys in files, and a look into what was sealed.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import * as seal from '../../src/commands/seal.ts';
import { keyRing } from '../../src/sealed/key-ring.ts';
import { createOpener } from '../../src/sealed/opener.ts';
import { type SealedFor, scopeOf } from '../../src/sealed/scope.ts';
import { readSealingKey } from '../../src/sealed/sealing-key.ts';
import type { Resolver } from '../../src/stores/resolver.ts';
import { withSealed } from '../../src/stores/sealed.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { fixtureKeys } from './sealing-keys.ts';

/** Runs `latchkey seal` with these arguments. */
export async function runSeal(args: readonly string[], stdin = ''): Promise<CommandResult> {
  return await runCommand(seal, args, stdin);
}

export interface KeyFiles {
  readonly key: string;
  readonly cert: string;
}

/** A private key and its certificate as files in a folder. */
export function writeKey(folder: string, bits: 2048 | 3072 | 4096 = 2048): KeyFiles {
  const found = fixtureKeys().find((one) => one.bits === bits);
  const files = {
    key: join(folder, `${String(bits)}-key.pem`),
    cert: join(folder, `${String(bits)}-cert.pem`),
  };
  writeFileSync(files.key, found?.privateKey ?? '');
  writeFileSync(files.cert, found?.certificate ?? '');
  return files;
}

const readings = fixtureKeys().map(({ bits, privateKey, certificate }) =>
  readSealingKey({ name: String(bits), privateKey, certificate, createdMs: 0 }),
);
const opener = createOpener({
  ring: () => keyRing(readings),
  clock: { wall: () => Date.now() },
  withoutKeys: '',
});

/** What a sealed text holds, and the size of the key that sealed it. */
export async function openText(text: string, sealedFor: SealedFor): Promise<{ text: string; bits: number }> {
  const { value, key } = await opener.open({ text, sealedFor }, { left: 100 });
  return { text: Buffer.from(value.reveal()).toString('utf8'), bits: key.bits };
}

/** Puts what opens `sealed:` references with the fixtures' keys before a resolver. */
export function withFixtureKeys(resolver: Resolver): Resolver {
  return withSealed(resolver, { opener, clusterWideAllowed: true, clock: { now: () => 0 } });
}

export interface SealedSecretManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly encryptedData: Readonly<Record<string, string>>;
    readonly template: Readonly<Record<string, unknown>> & { readonly metadata: object };
  };
}

/** The objects of a text of YAML documents, or of JSON. */
export function manifestsIn(text: string): readonly SealedSecretManifest[] {
  return [...parseAllDocuments(text)].map((document) => document.toJS() as SealedSecretManifest);
}

/** The values of a SealedSecret, opened for whom its own metadata says. */
export async function openManifest({
  metadata,
  spec,
}: SealedSecretManifest): Promise<Record<string, string>> {
  const { name, namespace = '', annotations = {} } = metadata;
  const sealedFor = { scope: scopeOf(annotations), namespace, name };
  const values: Record<string, string> = {};
  for (const [key, text] of Object.entries(spec.encryptedData))
    values[key] = (await openText(text, sealedFor)).text;
  return values;
}
