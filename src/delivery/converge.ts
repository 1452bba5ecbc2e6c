import type { Operation } from './operations.ts';
import { pointer } from './operations.ts';
import { sameQuantity } from './quantity.ts';

type Json = Readonly<Record<string, unknown>>;

/** Lists whose entries have names; what other plugins add to them stays. All other lists are compared as a whole. */
const KEYED_LISTS: ReadonlyMap<string, string> = new Map([
  ['env', 'name'],
  ['volumeMounts', 'mountPath'],
]);

/**
 * The operations that make something of ours in the pod say all that we want of it. What else it holds was added by the
 * API server (defaults) or by other plugins (resources, a token mount, variables) and stays: a second review of the same
 * pod finds nothing to do.
 *
 * @param path JSON pointer of `found`
 * @param wanted what we would have written
 * @param found what is there
 */
export function converge(path: string, wanted: Json, found: Json): readonly Operation[] {
  const steps = Object.entries(wanted).flatMap(([key, value]) =>
    convergeKey(path, key, { wanted: value, found }),
  );
  // Written when a reference was optional: left there, it would let a container start without its secret.
  const loose = !Object.hasOwn(wanted, 'optional') && found['optional'] === true;
  return loose ? [...steps, { op: 'remove', path: `${path}/optional` }] : steps;
}

function convergeKey(
  path: string,
  key: string,
  { wanted, found }: { readonly wanted: unknown; readonly found: Json },
): readonly Operation[] {
  const at = path + pointer(key);
  const present = Object.hasOwn(found, key) ? found[key] : null;
  // `value: ""` is left out when the API server encodes a pod.
  if (present === null) return wanted === '' ? [] : [{ op: 'add', path: at, value: wanted }];
  if (key === 'valueFrom' && !sameSource(wanted, present))
    return [{ op: 'replace', path: at, value: wanted }];
  const name = KEYED_LISTS.get(key);
  if (name !== undefined && Array.isArray(wanted) && Array.isArray(present)) {
    return convergeList(at, name, { wanted, found: present });
  }
  if (isRecord(wanted) && isRecord(present)) return converge(at, wanted, present);
  return same(key, wanted, present) ? [] : [{ op: 'replace', path: at, value: wanted }];
}

function convergeList(
  path: string,
  name: string,
  { wanted, found }: { readonly wanted: readonly Json[]; readonly found: readonly Json[] },
): readonly Operation[] {
  return wanted.flatMap((entry): readonly Operation[] => {
    const index = found.findIndex((other) => other[name] === entry[name]);
    const other = found[index];
    if (other === undefined) return [{ op: 'add', path: `${path}/-`, value: entry }];
    // A variable has a text or a source, never both.
    const otherKind = (entry['valueFrom'] === undefined) !== (other['valueFrom'] === undefined);
    if (otherKind) return [{ op: 'replace', path: `${path}/${index}`, value: entry }];
    return converge(`${path}/${index}`, entry, other);
  });
}

/** A variable has exactly one source: another kind of source is replaced, never merged with. */
function sameSource(wanted: unknown, found: unknown): boolean {
  if (!isRecord(wanted) || !isRecord(found)) return false;
  const [source] = Object.keys(wanted);
  return source !== undefined && Object.keys(found).join() === source;
}

function same(key: string, wanted: unknown, found: unknown): boolean {
  if (key === 'image') return sameImage(wanted, found);
  if (key === 'cpu' || key === 'memory' || key === 'sizeLimit') return sameQuantity(wanted, found);
  return equal(wanted, found);
}

/** A plugin that sends all images through a mirror, or pins their digest, does so to ours as well. */
function sameImage(wanted: unknown, found: unknown): boolean {
  const ours = String(wanted);
  const theirs = ours.includes('@') ? String(found) : String(found).replace(/@sha256:[0-9a-f]+$/, '');
  return ours.split('/').at(-1) === theirs.split('/').at(-1);
}

/** The same, apart from fields that only `found` has (defaults of the API server). */
function equal(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return wanted.length === found.length && wanted.every((entry, index) => equal(entry, found[index]));
  }
  if (isRecord(wanted) && isRecord(found)) {
    return Object.keys(wanted).every((key) => Object.hasOwn(found, key) && equal(wanted[key], found[key]));
  }
  return wanted === found;
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
