import type { ObjectReader } from './object-reader.ts';
import type { StoreAuth, WrittenSecretKey } from './store.ts';

/** What leaving `auth` out means, for remedies. */
const WITHOUT = "Without auth, the pod's own role reads, or the webhook's with --identity=controller.";

function readSecretKey(reader: ObjectReader | undefined): WrittenSecretKey | undefined {
  if (reader === undefined) return undefined;
  const name = reader.required('name', `Name the Secret, or leave auth out. ${WITHOUT}`);
  const key = reader.required('key', 'Name the key of the Secret.');
  const namespace = readNamespace(reader);
  if (name === undefined || key === undefined) return undefined;
  return { ...namespace, name, key };
}

function readNamespace(reader: ObjectReader): { readonly namespace?: string } {
  const namespace = reader.text('namespace');
  return namespace === undefined || namespace === '' ? {} : { namespace };
}

function readStaticKeys(reader: ObjectReader): StoreAuth | undefined {
  for (const name of ['accessKeyIDSecretRef', 'secretAccessKeySecretRef']) {
    if (!reader.has(name))
      reader.note(name, { message: 'it is missing', remedy: `Name a Secret's key. ${WITHOUT}` });
  }
  const accessKeyId = readSecretKey(reader.object('accessKeyIDSecretRef'));
  const secretAccessKey = readSecretKey(reader.object('secretAccessKeySecretRef'));
  const sessionToken = readSecretKey(reader.object('sessionTokenSecretRef'));
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return {
    kind: 'static-keys',
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    place: reader.place(),
  };
}

function readServiceAccount(jwt: ObjectReader): StoreAuth | undefined {
  const reader = jwt.object('serviceAccountRef');
  if (reader === undefined) {
    const remedy = `Name a service account, or leave auth out. ${WITHOUT}`;
    if (!jwt.has('serviceAccountRef')) jwt.note('serviceAccountRef', { message: 'it is missing', remedy });
    return undefined;
  }
  const name = reader.required('name', `Name the service account, or leave auth out. ${WITHOUT}`);
  const audiences = reader.texts('audiences');
  const namespace = readNamespace(reader);
  if (name === undefined) return undefined;
  return { kind: 'service-account', ...namespace, name, audiences, place: reader.place() };
}

/**
 * `auth` of a store: a service account's token counts before static keys, static keys before nothing. Where both are
 * written, as kes-to-eso does, only the first is looked at.
 */
export function readAuth(aws: ObjectReader): StoreAuth {
  const auth = aws.object('auth');
  const jwt = auth?.object('jwt');
  if (jwt !== undefined) return readServiceAccount(jwt) ?? { kind: 'default' };
  const secretRef = auth?.object('secretRef');
  if (secretRef !== undefined) return readStaticKeys(secretRef) ?? { kind: 'default' };
  return { kind: 'default' };
}
