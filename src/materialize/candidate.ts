import { makesSecret } from '../adoption/definition-kinds.ts';
import type { Indexed } from '../adoption/indexed.ts';
import type { DefinitionKind, DefinitionReference } from '../definitions/recipe.ts';
import { recordAt, textAt } from '../manifests/objects.ts';
import { MATERIALIZE } from '../names.ts';
import { refreshOf, type Refresh } from './refresh.ts';

/** A definition that makes a Secret all by itself, as far as this decides when it is carried out without a pod. */
export interface Candidate {
  readonly definition: DefinitionReference;
  readonly secretName: string;
  /** By an annotation of its own. */
  readonly isMarked: boolean;
  /** Those that it reads from, as {@link storeTitle} writes them. */
  readonly stores: readonly string[];
  readonly refresh: Refresh;
}

/** Kinds whose Secrets mean something where no pod mounts them. */
const KINDS: readonly DefinitionKind[] = ['kes', 'eso', 'sealed-secret'];

/**
 * Undefined for a definition that makes no Secret of its own.
 * @param definition raw; what is wrong with it is found when it is carried out
 */
export function candidateOf({ reference, secrets }: Indexed, definition: unknown): Candidate | undefined {
  const { kind, namespace } = reference;
  const [secret] = secrets;
  if (secret === undefined || !KINDS.includes(kind) || !makesSecret(kind, definition)) return undefined;
  const isOfEso = kind === 'eso';
  return {
    definition: reference,
    secretName: secret.slice(namespace.length + 1),
    isMarked: textAt(recordAt(recordAt(definition, 'metadata'), 'annotations'), MATERIALIZE) === 'true',
    stores: isOfEso ? storesOf(recordAt(definition, 'spec')) : [],
    refresh: isOfEso ? refreshOf(definition) : { kind: 'default' },
  };
}

/** A store as one text. */
export function storeTitle(kind: string, name: string): string {
  return `${kind}/${name}`;
}

function storesOf(spec: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const entries = [spec?.['data'], spec?.['dataFrom']].flatMap((list) => (Array.isArray(list) ? list : []));
  const references = entries.map((entry) => recordAt(recordAt(entry, 'sourceRef'), 'storeRef'));
  const titles = [recordAt(spec, 'secretStoreRef'), ...references].flatMap((reference) => {
    const name = textAt(reference, 'name');
    return name === undefined ? [] : [storeTitle(textAt(reference, 'kind') ?? 'SecretStore', name)];
  });
  return [...new Set(titles)];
}
