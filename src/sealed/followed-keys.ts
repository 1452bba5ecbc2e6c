import type { LatchkeyError } from '../errors.ts';
import type { AdoptionApi, Follower } from '../kubernetes/adoption-api.ts';
import { recordAt, textAt } from '../manifests/objects.ts';
import { KEY_LABEL, LEGACY_KEY_NAME, readKeySecret } from './key-secret.ts';
import { type KeyRing, keyRing } from './key-ring.ts';
import type { KeyReading } from './sealing-key.ts';

/** The sealing keys of a cluster, as they come and go. */
export interface SealingKeys {
  ring(): KeyRing;
  /** Resolves once every namespace was looked at, with success or without. */
  ready(): Promise<void>;
  /** Whether {@link ready} has resolved. */
  isSettled(): boolean;
}

export interface FollowKeysOptions {
  readonly api: Pick<AdoptionApi, 'follow'>;
  /** Those that the operator named; nowhere else a key is looked for. */
  readonly namespaces: readonly string[];
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The keys are others than before. */
  readonly onChange?: (ring: KeyRing) => void;
  readonly onFailure?: (error: LatchkeyError, namespace: string) => void;
}

/** Every Secret with the label, whatever its value: one that is relabelled must be seen to go. */
const SELECTIONS = [
  { labelSelector: KEY_LABEL },
  { fieldSelector: `metadata.name=${LEGACY_KEY_NAME}` },
] as const;

/** Follows the Secrets that hold sealing keys. A key is in use from the moment that it is seen until it goes. */
export function followSealingKeys(options: FollowKeysOptions): SealingKeys {
  const { api, namespaces, signal, onChange, onFailure } = options;
  let current: KeyRing | undefined;
  let isSettled = false;

  const parts = namespaces.flatMap((namespace) =>
    SELECTIONS.map((select) => ({
      select,
      ...createPart(namespace, { changed, failed: (error) => onFailure?.(error, namespace) }),
    })),
  );
  const allSettled = Promise.all(parts.map(({ settled }) => settled)).then(() => {
    isSettled = true;
  });
  for (const { namespace, select, follower } of parts) {
    const kind = { group: '', versions: ['v1'], plural: 'secrets', namespace, select } as const;
    api.follow(kind, follower, signal);
  }

  function changed(isKnown: boolean): void {
    current = undefined;
    // Of a first list, the whole is the news.
    if (isKnown) onChange?.(ring());
  }

  function ring(): KeyRing {
    current ??= {
      ...keyRing(parts.flatMap(({ readings }) => [...readings.values()])),
      unread: [...new Set(parts.filter((part) => part.isUnread()).map(({ namespace }) => namespace))],
    };
    return current;
  }

  return { ring, ready: () => allSettled, isSettled: () => isSettled };
}

interface Part {
  readonly namespace: string;
  /** By the names of their Secrets. */
  readonly readings: ReadonlyMap<string, KeyReading>;
  readonly follower: Follower;
  readonly settled: Promise<void>;
  /** Whether it was never listed, and not for lack of trying. */
  isUnread(): boolean;
}

/** One namespace and selection: what the API server told of it. */
function createPart(
  namespace: string,
  tell: { readonly changed: (isKnown: boolean) => void; readonly failed: (error: LatchkeyError) => void },
): Part {
  const readings = new Map<string, KeyReading>();
  const versions = new Map<string, string>();
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  let seen = new Set<string>();
  let state: 'unknown' | 'listed' | 'unread' = 'unknown';

  /** Whether anything is other than before. */
  function set(secret: unknown): boolean {
    const { name, version } = headOf(secret);
    seen.add(name);
    if (versions.get(name) === version) return false;
    versions.set(name, version);
    const reading = readKeySecret(secret);
    if (reading === undefined) return readings.delete(name);
    readings.set(name, reading);
    return true;
  }

  function remove(name: string): boolean {
    versions.delete(name);
    return readings.delete(name);
  }

  return {
    namespace,
    readings,
    settled,
    isUnread: () => state === 'unread',
    follower: {
      began() {
        seen = new Set();
      },
      set(secret) {
        if (set(secret)) tell.changed(state === 'listed');
      },
      removed(secret) {
        if (remove(headOf(secret).name)) tell.changed(true);
      },
      listed() {
        const gone = [...readings.keys()].filter((name) => !seen.has(name));
        const isNews = gone.map(remove).includes(true) || state !== 'listed';
        state = 'listed';
        if (isNews) tell.changed(true);
        resolve();
      },
      absent() {
        resolve();
      },
      failed(error) {
        tell.failed(error);
        if (state === 'unknown') {
          state = 'unread';
          tell.changed(true);
        }
        resolve();
      },
    },
  };
}

function headOf(secret: unknown): { readonly name: string; readonly version: string } {
  const metadata = recordAt(secret, 'metadata');
  return { name: textAt(metadata, 'name') ?? '', version: textAt(metadata, 'resourceVersion') ?? '' };
}
