// Sealing keys in the test cluster, and values sealed with them.

import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

import { issueSealingCertificate } from '../../../src/sealed/issue-certificate.ts';
import { labelOf, type SealedFor } from '../../../src/sealed/scope.ts';
import { sealValue } from '../../../src/sealed/seal-value.ts';
import type { Api, Json } from './api.ts';
import { base64 } from './objects.ts';

export interface TestKey {
  /** Of its Secret. */
  readonly name: string;
  /** Both PEM. */
  readonly privateKey: string;
  readonly certificate: string;
  seal(text: string, sealedFor: SealedFor): Promise<string>;
}

const DAY_MS = 86_400_000;

/** A fresh one, which is nowhere yet. */
export async function makeKey(notBeforeMs = Date.now()): Promise<TestKey> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const validity = { notBeforeMs, notAfterMs: notBeforeMs + DAY_MS };
  return {
    name: `sealed-secrets-key${randomUUID().slice(0, 5)}`,
    privateKey: pair.privateKey.export({ type: 'pkcs1', format: 'pem' }),
    certificate: await issueSealingCertificate(pair.privateKey, validity),
    seal: (text, sealedFor) => sealValue(new TextEncoder().encode(text), labelOf(sealedFor), pair.publicKey),
  };
}

/** As sealed-secrets stores it. */
export async function addKey(api: Api, namespace: string, key: TestKey): Promise<void> {
  const { name, privateKey, certificate } = key;
  await api.create(`/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name, labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' } },
    type: 'kubernetes.io/tls',
    data: { 'tls.key': base64(privateKey), 'tls.crt': base64(certificate) },
  });
}

/** A namespace for keys alone. */
export async function keyNamespace(api: Api): Promise<string> {
  const name = `sealing-${randomUUID().slice(0, 8)}`;
  await api.create('/api/v1/namespaces', { metadata: { name } });
  return name;
}

/** A SealedSecret, strictly sealed. */
export async function sealedSecret(
  key: TestKey,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  values: Readonly<Record<string, string>>,
): Promise<Json> {
  const sealed = Object.entries(values).map(
    async ([entry, text]) => [entry, await key.seal(text, { scope: 'strict', namespace, name })] as const,
  );
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name, namespace },
    spec: { encryptedData: Object.fromEntries(await Promise.all(sealed)) },
  };
}
