import { GROUP } from '../definitions/ascp/read-provider-class.ts';
import { type ManifestObject, recordAt, textAt, textsAt } from './objects.ts';

/** A Namespace or ServiceAccount of the input. */
export interface Surrounding {
  readonly object: ManifestObject;
  /** '' where the manifest has none: only live objects do. */
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What the input itself says about the places that its pods will run in. */
export interface Surroundings {
  readonly namespaces: readonly Surrounding[];
  readonly serviceAccounts: readonly Surrounding[];
  namespace(name: string): Surrounding | undefined;
  serviceAccount(namespace: string, name: string): Surrounding | undefined;
  readonly providerClasses: readonly ManifestObject[];
  /** A SecretProviderClass, of whatever provider. */
  providerClass(namespace: string, name: string): ManifestObject | undefined;
}

/** @param defaultNamespace that of objects which name none */
export function surroundingsOf(objects: readonly ManifestObject[], defaultNamespace: string): Surroundings {
  const core = objects.filter((object) => object.apiVersion === 'v1');
  const namespaces = core.filter(({ kind }) => kind === 'Namespace').map(surroundingOf);
  const serviceAccounts = core.filter(({ kind }) => kind === 'ServiceAccount').map(surroundingOf);
  const providerClasses = objects.filter(
    ({ apiVersion, kind }) => apiVersion.startsWith(`${GROUP}/`) && kind === 'SecretProviderClass',
  );
  const named =
    (namespace: string, name: string) =>
    (object: ManifestObject): boolean =>
      object.name === name && (object.namespace ?? defaultNamespace) === namespace;
  return {
    namespaces,
    serviceAccounts,
    providerClasses,
    namespace: (name) => namespaces.find(({ object }) => object.name === name),
    serviceAccount: (namespace, name) => {
      const isMeant = named(namespace, name);
      return serviceAccounts.find(({ object }) => isMeant(object));
    },
    providerClass: (namespace, name) => providerClasses.find(named(namespace, name)),
  };
}

function surroundingOf(object: ManifestObject): Surrounding {
  const metadata = recordAt(object.value, 'metadata');
  return {
    object,
    uid: textAt(metadata, 'uid') ?? '',
    labels: textsAt(metadata, 'labels'),
    annotations: textsAt(metadata, 'annotations'),
  };
}
