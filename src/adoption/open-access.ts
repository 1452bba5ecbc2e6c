import type { Access, Reader, SecretKeyReference } from '../definitions/recipe.ts';
import { LatchkeyError } from '../errors.ts';
import { ownExternalId } from '../identity/external-id.ts';
import type { Session } from '../identity/identity.ts';
import type { Sessions } from '../identity/pod-sessions.ts';
import type { Readers } from '../identity/readers.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import type { PermitContext } from '../policy/permit-context.ts';
import { quoted } from '../quote.ts';
import type { Place } from '../request/plan.ts';
import type { SecretValue } from '../secret-value.ts';
import { checkListed, checkLent, type Borrower } from './lending.ts';

export interface OpenAccessOptions {
  readonly api: Pick<AdoptionApi, 'secret'>;
  readonly readers: Readers;
  /** As `--identity` says, for a pod's own reads. */
  readonly sessionFor: Sessions['forServiceAccount'];
  /** @throws LatchkeyError LK-NO-SERVICE-ACCOUNT */
  readonly serviceAccount: (namespace: string, name: string) => Promise<ObjectMeta>;
  readonly identity: PermitContext['identity'];
  /** `--allow-static-keys`. */
  readonly staticKeysAllowed: boolean;
}

/** On whose behalf: the pod's service account, and the definition that it needs. */
export interface OnBehalfOf {
  /** Undefined where no pod needs it. */
  readonly podAccount: ObjectMeta | undefined;
  readonly borrower: Borrower;
  readonly signal: AbortSignal;
}

/** Somebody who can read, and what the policy looks at before and after. */
export interface OpenedAccess {
  readonly session: Session;
  readonly permit: Pick<
    PermitContext,
    'serviceAccount' | 'serviceAccountAnnotations' | 'identity' | 'roleChain' | 'ownRole' | 'audience'
  >;
  /** Where the n-th role of the chain was written. */
  readonly rolePlace: (hop: number) => Place;
}

/**
 * From what a definition says to a session: whose identity, and each role assumed from it. Nothing is asked of AWS yet.
 * @throws LatchkeyError LK-NO-ROLE, LK-POLICY, LK-NO-SERVICE-ACCOUNT, LK-DEFINITION, LK-SYNTAX
 */
export async function openAccess(
  access: Access,
  on: OnBehalfOf,
  options: OpenAccessOptions,
): Promise<OpenedAccess> {
  const { account, session: base, identity } = await openReader(access.reader, on, options);
  const { namespace } = on.borrower;
  const who = { namespace, serviceAccount: account.name };
  const session = access.roles.reduce((from, role, index) => {
    const { roleArn, externalId: given, sessionTags, transitiveTagKeys } = role;
    const isFirstOfOurs = index === 0 && base.identity.kind === 'controller';
    const externalId = isFirstOfOurs ? ownExternalId(namespace, given) : given;
    return options.readers.chained(from, { roleArn, externalId, sessionTags, transitiveTagKeys }, who);
  }, base);
  const { roleChain, audience } = session.identity;
  const [ownRole] = base.identity.roleChain;
  const given = base.identity.roleChain.length;
  return {
    session,
    permit: {
      serviceAccount: account.name,
      serviceAccountAnnotations: account.annotations,
      identity,
      roleChain,
      ...(base.identity.kind === 'controller' && ownRole !== undefined ? { ownRole } : {}),
      ...(audience === '' ? {} : { audience }),
    },
    rolePlace: (hop) => access.roles[hop - given]?.place ?? accountPlace(account.name),
  };
}

/** Stands where a pod's service account would, and nothing is annotated on it. */
const NOBODY: ObjectMeta = { name: '', uid: '', labels: {}, annotations: {} };

interface OpenedReader {
  /** Whose annotations count. */
  readonly account: ObjectMeta;
  readonly session: Session;
  readonly identity: PermitContext['identity'];
}

async function openReader(
  reader: Reader,
  { podAccount, borrower, signal }: OnBehalfOf,
  options: OpenAccessOptions,
): Promise<OpenedReader> {
  const account = podAccount ?? NOBODY;
  if (reader.kind === 'default') {
    if (podAccount === undefined && options.identity === 'pod') throw nobodyReads();
    const session = options.sessionFor({ namespace: borrower.namespace, serviceAccount: account });
    return { account, session, identity: options.identity };
  }
  if (reader.kind === 'service-account') {
    const { namespace } = reader;
    const lent = await options.serviceAccount(namespace, reader.name);
    checkLent(reader, lent, borrower);
    const audience = oneAudience(reader.audiences);
    const session = options.readers.forAccount({ namespace, serviceAccount: lent, ...audience });
    return { account: lent, session, identity: 'pod' };
  }
  checkStaticKeys(reader, borrower, options.staticKeysAllowed);
  const keys = await readKeys(reader, options.api, signal);
  const session = options.readers.withKeys({ namespace: borrower.namespace, ...keys });
  return { account, session, identity: 'pod' };
}

/** The Secret is made without a pod, and nothing says who else reads. */
function nobodyReads(): LatchkeyError {
  return new LatchkeyError(
    'LK-NO-ROLE',
    'no pod lends its role to a Secret that is made without one, and nothing else says who reads',
    'Let the store name a service account that lends itself (auth.jwt.serviceAccountRef, latchkey.dev/lend-to), or the operator sets --identity=controller with a policy; or leave this Secret to the pods that refer to it.',
  );
}

function oneAudience(audiences: readonly string[] = []): { readonly audience?: string } {
  const [audience, ...more] = audiences;
  if (more.length > 0) {
    throw new LatchkeyError(
      'LK-POLICY',
      'the store asks for tokens of several audiences, and Latchkey requests tokens of one',
      'Leave audiences out, or name one.',
    );
  }
  return audience === undefined ? {} : { audience };
}

type KeysReader = Extract<Reader, { kind: 'static-keys' }>;

function checkStaticKeys(reader: KeysReader, borrower: Borrower, allowed: boolean): void {
  if (!allowed) {
    throw new LatchkeyError(
      'LK-POLICY',
      'the store brings AWS keys of its own, which the operator has not allowed',
      'Leave auth out, so that the pod reads with its own role; or the operator starts Latchkey with --allow-static-keys.',
    );
  }
  for (const key of [reader.accessKeyId, reader.secretAccessKey, reader.sessionToken]) {
    if (key === undefined) continue;
    checkListed(reader.clusterStore, borrower, `the Secret ${quoted(key.name)} with the keys`, key.namespace);
  }
}

async function readKeys(
  { accessKeyId, secretAccessKey, sessionToken }: KeysReader,
  api: Pick<AdoptionApi, 'secret'>,
  signal: AbortSignal,
) {
  const read = (at: SecretKeyReference) => readKey(at, api, signal);
  const [id, secret, token] = await Promise.all([
    read(accessKeyId),
    read(secretAccessKey),
    sessionToken === undefined ? undefined : read(sessionToken),
  ]);
  return {
    credentials: {
      accessKeyId: id.text,
      secretAccessKey: secret.text,
      ...(token === undefined ? {} : { sessionToken: token.text }),
    },
    source: JSON.stringify([id.version, secret.version, token?.version ?? null]),
  };
}

async function readKey(
  { namespace, name, key }: SecretKeyReference,
  api: Pick<AdoptionApi, 'secret'>,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly version: unknown }> {
  const stored = await api.secret(namespace, name, signal);
  const value = stored?.data.get(key);
  if (stored === undefined || value === undefined) {
    throw new LatchkeyError(
      'LK-DEFINITION',
      `the AWS keys of the store are not there: Secret ${quoted(name)} in namespace ${quoted(namespace)}, key ${quoted(key)}`,
      'Create it, or leave auth out.',
    );
  }
  return { text: keyText(value, name), version: [namespace, name, key, stored.uid, stored.resourceVersion] };
}

/** A line end behind a key is what `echo` leaves there. */
function keyText(value: SecretValue, name: string): string {
  const text = Buffer.from(value.reveal()).toString('utf8').trim();
  if (/^[\x21-\x7e]{1,4096}$/.test(text)) return text;
  throw new LatchkeyError(
    'LK-DEFINITION',
    `Secret ${quoted(name)} holds no AWS key`,
    'Store the access key id and the secret access key as plain text.',
  );
}

function accountPlace(name: string): Place {
  return { label: `service account ${quoted(name)}`, field: 'spec.serviceAccountName' };
}
