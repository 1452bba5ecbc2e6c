import { sealValue } from '../../sealed/seal-value.ts';
import type { SealingCertificate } from '../../sealed/sealing-certificate.ts';
import { labelOf, scopeAnnotations } from '../../sealed/scope.ts';
import { SEALED_SECRET, SEALED_SECRET_API } from './sealed-object.ts';
import type { SecretToSeal } from './read-secret.ts';

/** The SealedSecret that sealed-secrets, or Latchkey, makes this Secret of. Keys keep their order. */
export async function sealSecret(secret: SecretToSeal, certificate: SealingCertificate): Promise<object> {
  const { name, namespace, scope, labels, type, immutable } = secret;
  const encryptedData = new Map<string, string>();
  for (const [key, value] of secret.values)
    encryptedData.set(
      key,
      await sealValue(new Uint8Array(value.reveal()), labelOf(secret), certificate.publicKey),
    );
  const scoped = scopeAnnotations(scope);
  const annotations = { ...secret.annotations, ...scoped };
  return {
    apiVersion: SEALED_SECRET_API,
    kind: SEALED_SECRET,
    metadata: metadataOf({ name, namespace }, {}, scoped),
    spec: {
      encryptedData: Object.fromEntries(encryptedData),
      template: {
        metadata: metadataOf({ name, namespace }, labels, annotations),
        ...(type === undefined ? {} : { type }),
        ...(immutable === undefined ? {} : { immutable }),
      },
    },
  };
}

function metadataOf(
  { name, namespace }: Pick<SecretToSeal, 'name' | 'namespace'>,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): object {
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
