import type { DefinitionKind, DefinitionReference } from '../definitions/recipe.ts';
import { quoted } from '../quote.ts';

/** Where definitions of one kind are found at the API server. */
export interface DefinitionResource {
  readonly group: string;
  /** Those that Latchkey reads, best first. */
  readonly versions: readonly [string, ...string[]];
  readonly plural: string;
  readonly objectKind: string;
}

export const DEFINITION_KINDS: Readonly<Record<DefinitionKind, DefinitionResource>> = {
  kes: {
    group: 'kubernetes-client.io',
    versions: ['v1'],
    plural: 'externalsecrets',
    objectKind: 'ExternalSecret',
  },
  eso: {
    group: 'external-secrets.io',
    versions: ['v1', 'v1beta1'],
    plural: 'externalsecrets',
    objectKind: 'ExternalSecret',
  },
  'sealed-secret': {
    group: 'bitnami.com',
    versions: ['v1alpha1'],
    plural: 'sealedsecrets',
    objectKind: 'SealedSecret',
  },
  ascp: {
    group: 'secrets-store.csi.x-k8s.io',
    versions: ['v1', 'v1alpha1'],
    plural: 'secretproviderclasses',
    objectKind: 'SecretProviderClass',
  },
};

export const KINDS = Object.keys(DEFINITION_KINDS) as readonly DefinitionKind[];

/** The kind that an object of this group and kind is a definition of. */
export function kindOf(apiVersion: string, objectKind: string): DefinitionKind | undefined {
  const [group] = apiVersion.split('/');
  return KINDS.find(
    (kind) => DEFINITION_KINDS[kind].group === group && DEFINITION_KINDS[kind].objectKind === objectKind,
  );
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The names of the Secrets that a definition makes, each once, as far as can be told without reading all of it: a definition
 * that is wrong is still the one that makes them. Several for a SecretProviderClass; none for what makes something else.
 */
export function secretNamesOf(kind: DefinitionKind, definition: unknown): readonly string[] {
  const { metadata, spec } = fields(definition);
  if (kind === 'ascp') return secretObjectNames(fields(spec));
  const { name } = fields(metadata);
  const own = typeof name === 'string' && name !== '' ? [name] : [];
  if (kind !== 'eso') return own;
  const target = fields(fields(spec)['target']);
  const made = target['manifest'];
  if (made !== undefined && made !== null && fields(made)['kind'] !== 'Secret') return [];
  return typeof target['name'] === 'string' && target['name'] !== '' ? [target['name']] : own;
}

/** Classes of other providers are the driver's business. */
function secretObjectNames({ provider, secretObjects }: Fields): readonly string[] {
  const objects: readonly unknown[] = provider === 'aws' && Array.isArray(secretObjects) ? secretObjects : [];
  const names = objects.map((object) => fields(object)['secretName']);
  const written = names.flatMap((name) => (typeof name === 'string' ? [name.trim()] : []));
  return [...new Set(written.filter((name) => name !== ''))];
}

/** `creationPolicy` of External Secrets Operator by which a definition adds to what something else makes, or makes nothing. */
const MAKE_NOTHING: readonly unknown[] = ['Merge', 'None'];

/** Whether a definition makes the Secret of its name where there is none. */
export function makesSecret(kind: DefinitionKind, definition: unknown): boolean {
  const { spec } = fields(definition);
  return kind !== 'eso' || !MAKE_NOTHING.includes(fields(fields(spec)['target'])['creationPolicy']);
}

/** Whether that Secret goes when its definition goes. */
export function ownsSecret(kind: DefinitionKind, definition: unknown): boolean {
  const policy = fields(fields(fields(definition)['spec'])['target'])['creationPolicy'];
  return kind !== 'eso' || policy === undefined || policy === 'Owner';
}

/** As kubectl tells two kinds of one name apart: `ExternalSecret.external-secrets.io "db"`. */
export function definitionName({ apiVersion, objectKind, name }: Named): string {
  const [group, version] = apiVersion.split('/');
  // Kubernetes' own first group has no name.
  return `${objectKind}${version === undefined ? '' : `.${group ?? ''}`} ${quoted(name)}`;
}

type Named = Pick<DefinitionReference, 'apiVersion' | 'objectKind' | 'name'>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
