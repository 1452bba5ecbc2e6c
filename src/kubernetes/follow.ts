import { setTimeout as sleep } from 'node:timers/promises';
import { LatchkeyError } from '../errors.ts';
import type { FollowedKind, Follower } from './adoption-api.ts';
import { apiPath, checkNamespace } from './api-path.ts';
import { record } from './json.ts';
import { page } from './objects.ts';
import { refusal, type Asked } from './refusal.ts';
import { AnswerTooLargeError, type Transport } from './transport.ts';
import type { WatchEvent, WatchTransport } from './watch-stream.ts';

export interface FollowOptions {
  readonly send: Transport;
  readonly watch: WatchTransport;
  readonly kind: FollowedKind;
  readonly follower: Follower;
  /** As Math.random: replicas must not list in step. */
  readonly jitter?: () => number;
}

/** Definitions are small; but etcd takes 1.5 MiB of each, and ten of those are as much as an answer may have. */
const PAGE_SIZE = 100;
const SMALL_PAGE_SIZE = 10;
/** The server ends a watch after this long, and the next goes on where it ended. */
const WATCH_SECONDS = 300;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** A list that is overtaken by compaction, several times in a row, is a server in trouble. */
const MAX_STARTS = 4;

/** Where a list stands, and what a watch goes on from. */
interface Listed {
  readonly version: string;
  readonly resourceVersion: string;
}

/**
 * Follows a kind until the signal aborts: a list, then changes, then a list anew whenever the thread is lost. Never rejects.
 * @returns `wake`, which ends the pause after a kind was found absent
 */
export function follow(options: FollowOptions, signal: AbortSignal): { wake(): void } {
  let waker = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => waker.resolve(), { once: true });
  const asleep = (): Promise<void> => {
    waker = Promise.withResolvers<void>();
    if (signal.aborted) waker.resolve();
    return waker.promise;
  };
  void run(options, asleep, signal);
  return { wake: () => waker.resolve() };
}

async function run(options: FollowOptions, asleep: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const { follower, jitter = Math.random } = options;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const listed = await listAll(options, signal);
      if (listed === undefined) {
        follower.absent();
        await asleep();
        continue;
      }
      follower.listed(listed.version);
      pauseMs = FIRST_PAUSE_MS;
      await watchOn(options, listed, signal);
      // Nor is a server that ends each watch with an error listed in a circle.
      await pauseFor(FIRST_PAUSE_MS * jitter(), signal);
    } catch (error) {
      if (signal.aborted) return;
      follower.failed(asLatchkeyError(error));
      await pauseFor(pauseMs * (0.5 + jitter()), signal);
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    }
  }
}

/** The first version that is served; `undefined` if none is. */
async function listAll(options: FollowOptions, signal: AbortSignal): Promise<Listed | undefined> {
  for (const version of options.kind.versions) {
    const listed = await listVersion(options, { version, limit: PAGE_SIZE }, signal).catch(
      async (error: unknown) => {
        if (!(error instanceof AnswerTooLargeError)) throw error;
        return await listVersion(options, { version, limit: SMALL_PAGE_SIZE }, signal);
      },
    );
    if (listed !== undefined) return listed;
  }
  return undefined;
}

async function listVersion(
  { send, kind, follower }: FollowOptions,
  { version, limit }: { readonly version: string; readonly limit: number },
  signal: AbortSignal,
): Promise<Listed | undefined> {
  let next: string | undefined;
  let starts = 0;
  while (!signal.aborted) {
    if (next === undefined) {
      starts += 1;
      follower.began();
    }
    const query = { limit: String(limit), ...(next === undefined ? {} : { continue: next }) };
    const answer = await send({
      method: 'GET',
      path: pathOf(kind, version, query),
      repeatable: true,
      signal,
      ...acceptOf(kind, 'List'),
    });
    if (answer.status === 404) return undefined;
    if (answer.status === 410 && starts < MAX_STARTS) {
      next = undefined;
      continue;
    }
    const found = answer.status === 200 ? page(answer.body) : undefined;
    const { resourceVersion } = record(record(answer.body)['metadata']);
    if (found === undefined || typeof resourceVersion !== 'string')
      throw refusal(answer, asked('list', kind));
    for (const item of found.items) follower.set(item);
    next = found.next;
    // Each page says the version of the whole list.
    if (next === undefined) return { version, resourceVersion };
  }
  signal.throwIfAborted();
  return undefined;
}

/** Watches as long as the thread holds; returns when a list has to begin anew. */
async function watchOn(options: FollowOptions, listed: Listed, signal: AbortSignal): Promise<void> {
  let { resourceVersion } = listed;
  while (!signal.aborted) {
    const path = pathOf(options.kind, listed.version, {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const { accept } = acceptOf(options.kind, '');
    const watched = await options.watch(path, signal, accept);
    if (watched.kind === 'refused') {
      if ([404, 410].includes(watched.answer.status)) return;
      throw refusal(watched.answer, asked('watch', options.kind));
    }
    let seen = 0;
    for await (const event of watched.events) {
      seen += 1;
      const at = deliver(event, options.follower);
      if (at === undefined) return;
      resourceVersion = at;
    }
    // A server that ends each watch at once, as one does that is shutting down, is not asked in a circle.
    if (seen === 0) await pauseFor(FIRST_PAUSE_MS, signal);
  }
}

/** The version that the watch has got to; `undefined` when it cannot go on. */
function deliver({ type, object }: WatchEvent, follower: Follower): string | undefined {
  const { resourceVersion } = record(record(object)['metadata']);
  if (type === 'ERROR' || typeof resourceVersion !== 'string') return undefined;
  if (type === 'ADDED' || type === 'MODIFIED') follower.set(object);
  if (type === 'DELETED') follower.removed(object);
  return resourceVersion;
}

function pathOf(kind: FollowedKind, version: string, query: Readonly<Record<string, string>>): string {
  const { group, plural, namespace, select = {} } = kind;
  if (namespace !== undefined) checkNamespace(namespace);
  const scope = namespace === undefined ? [] : ['namespaces', namespace];
  const root = group === '' ? ['api'] : ['apis', group];
  return apiPath([...root, version, ...scope, plural], { ...select, ...query });
}

function acceptOf({ metadataOnly }: FollowedKind, list: 'List' | ''): { readonly accept?: string } {
  return metadataOnly === true
    ? { accept: `application/json;as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1` }
    : {};
}

function asked(verb: Asked['verb'], { group, plural, namespace }: FollowedKind): Asked {
  const resource = group === '' ? plural : `${plural}.${group}`;
  return { verb, resource, ...(namespace === undefined ? {} : { namespace }) };
}

/** A watch ends with whatever its socket says. */
function asLatchkeyError(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  return new LatchkeyError(
    'LK-KUBERNETES',
    'the connection to the API server was lost while definitions were followed',
    'Check that the API server is up and reachable from Latchkey: kubectl get --raw /readyz.',
  );
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
  } catch {
    // The signal ends the pause, and the caller looks at it.
  }
}
