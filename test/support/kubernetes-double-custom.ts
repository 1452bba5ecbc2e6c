// Custom resources of the double's API server: kinds that come and go, lists, and watches that replay what was missed.

import type { ServerResponse } from 'node:http';

import type { Change, ObjectSeed, Objects, StoredObject } from './kubernetes-double-objects.ts';
import { status, type Answer, type Request } from './kubernetes-double-routes.ts';

/** A kind as a test names it. */
export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

export const EXTERNAL_SECRET_KES: CustomKind = {
  group: 'kubernetes-client.io',
  kind: 'ExternalSecret',
  plural: 'externalsecrets',
};
export const EXTERNAL_SECRET_ESO: CustomKind = {
  group: 'external-secrets.io',
  kind: 'ExternalSecret',
  plural: 'externalsecrets',
};
export const SECRET_STORE: CustomKind = {
  group: 'external-secrets.io',
  kind: 'SecretStore',
  plural: 'secretstores',
};
export const CLUSTER_SECRET_STORE: CustomKind = {
  group: 'external-secrets.io',
  kind: 'ClusterSecretStore',
  plural: 'clustersecretstores',
};
export const SEALED_SECRET: CustomKind = {
  group: 'bitnami.com',
  kind: 'SealedSecret',
  plural: 'sealedsecrets',
};
export const SECRET_PROVIDER_CLASS: CustomKind = {
  group: 'secrets-store.csi.x-k8s.io',
  kind: 'SecretProviderClass',
  plural: 'secretproviderclasses',
};
const KINDS = [
  SEALED_SECRET,
  EXTERNAL_SECRET_KES,
  EXTERNAL_SECRET_ESO,
  SECRET_STORE,
  CLUSTER_SECRET_STORE,
  SECRET_PROVIDER_CLASS,
];

export interface CustomResources {
  /** From now on the group's kinds are served in these versions. */
  serve(group: string, ...versions: readonly string[]): void;
  /** As when somebody deletes the CRDs: objects and watches go with them. */
  unserve(group: string): void;
  /** `rest` is everything beside metadata. */
  put(kind: CustomKind, at: { namespace?: string; name: string }, seed?: ObjectSeed): StoredObject;
  remove(kind: CustomKind, at: { namespace?: string; name: string }): boolean;
  /** Forgets history: a watch that begins earlier is refused with 410. */
  compact(): void;
  /** Ends all watches, as an API server does that is replaced. */
  endWatches(): void;
  readonly watches: () => number;
  /** `undefined` for a path that is none of a custom resource. */
  answer(request: Request): Answer | undefined;
  /** Whether the request was a watch, which is answered here. */
  watch(request: Request, outgoing: ServerResponse): boolean;
}

const PATH =
  /^\/apis\/(?<group>[a-z0-9.-]+)\/(?<version>v\w+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[a-z]+)(?:\/(?<name>[^/]+))?$/;

interface At {
  readonly kind: CustomKind;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

export function createCustomResources(objects: Objects): CustomResources {
  const served = new Map<string, readonly string[]>();
  const history: Change[] = [];
  let compactedAt = 0;
  let latest = 0;
  const watchers = new Set<{ readonly at: At; readonly outgoing: ServerResponse }>();

  function storedKind({ group, kind }: CustomKind): string {
    return `${kind}.${group}`;
  }

  function shown(object: StoredObject, { kind, version }: At): StoredObject {
    return { ...object, apiVersion: `${kind.group}/${version}`, kind: kind.kind };
  }

  function concerns({ kind, namespace }: At, { object }: Change): boolean {
    const { metadata } = object;
    return object.kind === storedKind(kind) && (namespace === undefined || metadata.namespace === namespace);
  }

  function send(outgoing: ServerResponse, type: string, object: unknown): void {
    outgoing.write(`${JSON.stringify({ type, object })}\n`);
  }

  objects.onChange((change) => {
    latest = Math.max(latest, change.version);
    history.push(change);
    for (const { at, outgoing } of watchers) {
      if (concerns(at, change)) send(outgoing, change.type, shown(change.object, at));
    }
  });

  /** `undefined` where the path is none of ours, 'absent' where the kind is not served. */
  function find(request: Request): At | 'absent' | undefined {
    const { group = '', version = '', plural = '', namespace, name } = PATH.exec(request.path)?.groups ?? {};
    const kind = KINDS.find((known) => known.group === group && known.plural === plural);
    if (kind === undefined) return undefined;
    return served.get(group)?.includes(version) === true ? { kind, version, namespace, name } : 'absent';
  }

  function endWatches(group?: string): void {
    for (const watcher of watchers) {
      if (group !== undefined && watcher.at.kind.group !== group) continue;
      watchers.delete(watcher);
      watcher.outgoing.end();
    }
  }

  return {
    serve: (group, ...versions) => void served.set(group, versions),
    unserve(group) {
      served.delete(group);
      for (const kind of KINDS.filter((known) => known.group === group)) {
        for (const { metadata } of objects.list(storedKind(kind), undefined)) {
          objects.remove(storedKind(kind), metadata.namespace, metadata.name);
        }
      }
      endWatches(group);
    },
    put: (kind, at, seed) => objects.put('', storedKind(kind), at, seed),
    remove: (kind, { namespace, name }) => objects.remove(storedKind(kind), namespace, name),
    compact() {
      compactedAt = latest;
      history.splice(0);
    },
    endWatches: () => endWatches(),
    watches: () => watchers.size,
    answer(request) {
      const at = find(request);
      if (at === undefined) return undefined;
      if (at === 'absent') return status(404, 'NotFound', 'the server could not find the requested resource');
      if (request.method !== 'GET') return status(405, 'MethodNotAllowed', 'not supported');
      const { kind, namespace, name } = at;
      if (name !== undefined) {
        const object = objects.get(storedKind(kind), namespace, name);
        if (object !== undefined) return { status: 200, body: shown(object, at) };
        return status(404, 'NotFound', `${kind.plural}.${kind.group} "${name}" not found`, { name });
      }
      const from = Number(request.query.get('continue') ?? '0');
      const limit = Number(request.query.get('limit') ?? '0') || Number.POSITIVE_INFINITY;
      const all = objects.list(storedKind(kind), namespace);
      const more = all.length > from + limit ? { continue: String(from + limit) } : {};
      return {
        status: 200,
        body: {
          apiVersion: `${kind.group}/${at.version}`,
          kind: `${kind.kind}List`,
          metadata: { resourceVersion: String(latest), ...more },
          items: all.slice(from, from + limit).map((object) => shown(object, at)),
        },
      };
    },
    watch(request, outgoing) {
      if (request.query.get('watch') !== '1') return false;
      const at = find(request);
      if (at === undefined || at === 'absent') return false;
      const since = Number(request.query.get('resourceVersion') ?? '0');
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      if (since < compactedAt) {
        const { body } = status(410, 'Expired', 'too old resource version');
        send(outgoing, 'ERROR', body);
        outgoing.end();
        return true;
      }
      outgoing.flushHeaders();
      for (const change of history) {
        if (change.version > since && concerns(at, change)) {
          send(outgoing, change.type, shown(change.object, at));
        }
      }
      const watcher = { at, outgoing };
      watchers.add(watcher);
      outgoing.on('close', () => watchers.delete(watcher));
      return true;
    },
  };
}
