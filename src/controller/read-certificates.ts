import type { ControllerApi, Registration, StoredSecret } from '../kubernetes/controller-api.ts';
import { certificatesOf, type Certificate, type KeyPair } from '../tls/certificates.ts';
import type { RotationState } from '../tls/rotation.ts';
import { readAuthorities, type Authorities } from '../tls/stored-authorities.ts';
import { leafOf, readServing } from '../tls/stored-serving.ts';
import { ownSecret } from './own-secret.ts';

/** Where everything is that certificates are about. */
export interface CertificatePlaces {
  readonly namespace: string;
  readonly caSecret: string;
  readonly tlsSecret: string;
  /** Names of webhook configurations: mutating and validating ones. */
  readonly registrations: readonly string[];
  /** The host names that the certificate is for. */
  readonly hosts: readonly string[];
}

/** All of it as it stands, in objects that can be written back only while they stand so. */
export interface CertificatesRead {
  readonly state: RotationState<Certificate>;
  readonly registrations: readonly Registration[];
  readonly caSecret: StoredSecret;
  readonly authorities: Authorities;
  readonly tlsSecret: StoredSecret;
  readonly serving?: KeyPair;
}

/**
 * Reads the registrations first and the CA Secret after them: an authority is written there before it is published, so
 * whatever is ours in a caBundle is known to be.
 * @throws LatchkeyError LK-KUBERNETES, or LK-CONFIG when a Secret is missing or holds what we cannot read
 */
export async function readCertificates(
  api: Pick<ControllerApi, 'registration' | 'secret'>,
  places: CertificatePlaces,
  signal: AbortSignal,
): Promise<CertificatesRead> {
  const registrations = await readRegistrations(api, places.registrations, signal);
  const { namespace } = places;
  const caSecret = await ownSecret(api, { namespace, name: places.caSecret }, signal);
  const tlsSecret = await ownSecret(api, { namespace, name: places.tlsSecret }, signal);

  const authorities = readAuthorities(caSecret.data, places.caSecret);
  const serving = readServing(tlsSecret.data, places.tlsSecret);
  const { authority, next, previous } = authorities;
  const ours = [authority, next, ...previous].filter((each) => each !== undefined);
  const held = registrations.flatMap(({ bundles }) => bundles.map((pem) => certificatesOf(pem) ?? []));
  const foreign = foreignTo(ours, held.flat());
  return {
    state: {
      ...authorities,
      ...(serving === undefined ? {} : { leaf: leafOf(serving, [...ours, ...foreign], places.hosts) }),
      bundles: held.map((bundle) => new Set(bundle.map(({ fingerprint }) => fingerprint))),
      foreign,
    },
    registrations,
    caSecret,
    authorities,
    tlsSecret,
    ...(serving === undefined ? {} : { serving }),
  };
}

async function readRegistrations(
  api: Pick<ControllerApi, 'registration'>,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Registration[]> {
  const found: Registration[] = [];
  for (const name of names) {
    for (const kind of ['mutating', 'validating'] as const) {
      const registration = await api.registration(kind, name, signal);
      if (registration !== undefined) found.push(registration);
    }
  }
  return found;
}

function foreignTo(ours: readonly Certificate[], held: readonly Certificate[]): readonly Certificate[] {
  const known = new Set(ours.map(({ fingerprint }) => fingerprint));
  const others = held.filter(({ fingerprint }) => !known.has(fingerprint));
  return [...new Map(others.map((each) => [each.fingerprint, each])).values()];
}
