import { abortable } from '../abortable.ts';
import type { Clock } from '../clock.ts';
import type { ProviderClass } from '../definitions/ascp/provider-class.ts';
import { GROUP, readProviderClass } from '../definitions/ascp/read-provider-class.ts';
import type { DefinitionContext } from '../definitions/recipe.ts';
import { LatchkeyError, type Problem } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { isDnsSubdomain } from '../kubernetes/object-names.ts';
import { PREFIX } from '../names.ts';
import { quoted } from '../quote.ts';
import { createFreshCache } from '../stores/cache.ts';
import { isBeingDeleted } from './being-deleted.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** What a SecretProviderClass comes to for the pods that mount it. The same object for as long as it was not read anew. */
export type FoundClass =
  | { readonly kind: 'class'; readonly providerClass: ProviderClass }
  /** Of another provider: the driver and that provider serve it. */
  | { readonly kind: 'other' }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

/** By name; an error where it does not exist or could not be read. */
export type FoundClasses = ReadonlyMap<string, FoundClass | LatchkeyError>;

/** The pod under review, as far as its classes are concerned. */
export interface ClassRequest {
  readonly namespace: ObjectMeta;
  /** Absent for a pod that stands alone. */
  readonly revision: string | undefined;
  /** Nothing that was read before is accepted (clock.now, ms). */
  readonly freshAfter: number;
  /** When the answer must leave (clock.now, ms). */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
}

/** SecretProviderClasses, read once for all pods of a revision. */
export interface ProviderClasses {
  /**
   * Waits for those that do not exist, as for definitions of Secrets: they may be applied a moment after their workload.
   * @param names of each volume
   * @throws LatchkeyError LK-LIMIT for more volumes than pods have
   */
  find(names: readonly string[], request: ClassRequest): Promise<FoundClasses>;
}

export interface ProviderClassesOptions {
  readonly api: Pick<AdoptionApi, 'object'>;
  readonly waitingRoom: WaitingRoom;
  readonly clock: Clock;
  readonly cacheTtlMs: number;
  /** `--region`. */
  readonly region?: string;
}

const VERSIONS = ['v1', 'v1alpha1'];
const REMEMBERED = 5_000;
/** Each is a request to the API server, and a pod under review may name a hundred thousand. */
const MOST_VOLUMES = 100;
/** What is shared by many pods does not end with one pod's review. */
const LOAD_MS = 9_000;

export function createProviderClasses(options: ProviderClassesOptions): ProviderClasses {
  const { clock, cacheTtlMs, waitingRoom } = options;
  const classes = createFreshCache<FoundClass>({ clock, maxEntries: REMEMBERED });

  async function one(name: string, { namespace, signal }: ClassRequest, freshAfter: number) {
    const region = namespace.annotations[`${PREFIX}region`] ?? options.region;
    const key = JSON.stringify([namespace.name, name, region ?? null]);
    const load = () => readClass(name, namespace, region, options.api);
    return await abortable(classes.get(key, { freshAfter, ttlMs: cacheTtlMs }, load), signal, tooLate);
  }

  return {
    async find(names, request) {
      if (names.length > MOST_VOLUMES) throw tooMany(names.length);
      const found = new Map<string, FoundClass | LatchkeyError>();
      const look = async (missing: Iterable<string>, freshAfter: number): Promise<void> => {
        const looks = [...missing].map(async (name) => {
          found.set(name, await one(name, request, freshAfter).catch(asAnswer));
        });
        await Promise.all(looks);
      };
      await look(new Set(names.filter((name) => name !== '')), request.freshAfter);
      const missing = () => [...found].filter(isMissing).map(([name]) => name);
      if (missing().length === 0 || request.dryRun) return found;
      const now = clock.now();
      await waitingRoom.wait(roomKey(request.revision), {
        // Nobody follows classes for this: they are looked for now and then.
        onChange: () => () => {},
        async look() {
          await look(missing(), clock.now());
          return missing().length === 0;
        },
        until: now + (request.deadline - now) / 2,
        signal: request.signal,
      });
      return found;
    },
  };
}

/** A revision waits once for its Secrets, and once for its classes. */
function roomKey(revision: string | undefined): string | undefined {
  return revision === undefined ? undefined : `${revision} volumes`;
}

/** @throws LatchkeyError LK-NO-DEFINITION, LK-KUBERNETES */
async function readClass(
  name: string,
  { name: namespace, labels, annotations }: ObjectMeta,
  region: string | undefined,
  api: Pick<AdoptionApi, 'object'>,
): Promise<FoundClass> {
  const object = isDnsSubdomain(name) ? await readClassObject(namespace, name, api) : undefined;
  if (object === undefined || isBeingDeleted(object)) throw missing(namespace, name);
  return foundClass(object, {
    namespace,
    namespaceLabels: labels,
    namespaceAnnotations: annotations,
    ...(region === undefined ? {} : { region }),
    allowedSecretTypes: [],
  });
}

/** What an object that is there comes to. */
export function foundClass(object: unknown, context: DefinitionContext): FoundClass {
  return isOfOtherProvider(object) ? { kind: 'other' } : readProviderClass(object, context);
}

/** Raw, in the best version that is served; undefined where it is not there. */
export async function readClassObject(
  namespace: string,
  name: string,
  api: Pick<AdoptionApi, 'object'>,
): Promise<unknown> {
  const signal = AbortSignal.timeout(LOAD_MS);
  for (const version of VERSIONS) {
    const resource = { group: GROUP, version, plural: 'secretproviderclasses' };
    const object = await api.object(resource, { namespace, name }, signal);
    if (object !== undefined) return object;
  }
  return undefined;
}

/** A class without a provider is wrong rather than somebody else's. */
function isOfOtherProvider(object: unknown): boolean {
  const { spec } = (object ?? {}) as { readonly spec?: unknown };
  const { provider } = (spec ?? {}) as { readonly provider?: unknown };
  return typeof provider === 'string' && provider !== '' && provider !== 'aws';
}

function isMissing([, found]: readonly [string, FoundClass | LatchkeyError]): boolean {
  return found instanceof LatchkeyError && found.code === 'LK-NO-DEFINITION';
}

function asAnswer(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError && error.code !== 'LK-INTERNAL') return error;
  throw error;
}

function missing(namespace: string, name: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NO-DEFINITION',
    `SecretProviderClass ${quoted(name)} does not exist in namespace ${quoted(namespace)}`,
    'Apply it, or correct the name in volumeAttributes.secretProviderClass.',
  );
}

function tooMany(count: number): LatchkeyError {
  return new LatchkeyError(
    'LK-LIMIT',
    `the pod has ${String(count)} volumes of the Secrets Store CSI driver, and Latchkey fills ${String(MOST_VOLUMES)} at most`,
    'Put the objects of several classes into one.',
  );
}

function tooLate(): LatchkeyError {
  return new LatchkeyError(
    'LK-TIMEOUT',
    'the SecretProviderClass could not be read within the time that this request has',
    'Try again; a longer timeoutSeconds of the webhook may help.',
  );
}
