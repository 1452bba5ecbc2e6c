import type { Pause } from '../controller/pause.ts';
import type { LatchkeyError } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { Kubernetes, ObjectMeta } from '../kubernetes/kubernetes.ts';
import { recordAt, textsAt } from '../manifests/objects.ts';
import { ADOPTION, PREFIX } from '../names.ts';
import { optedOutNamespace } from '../request/skip.ts';
import { trackObjects, type TrackOptions } from './track-objects.ts';

/** The namespaces all of whose definitions are carried out without a pod. */
export interface MarkedNamespaces {
  has(name: string): boolean;
  /** Resolves once they were looked for, with success or without. */
  ready(): Promise<void>;
}

export interface MarkedNamespacesOptions {
  readonly api: Pick<AdoptionApi, 'follow'>;
  readonly kubernetes: Pick<Kubernetes, 'namespace'>;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly pause: Pause;
  /** One was marked or is no longer. */
  readonly onChange: (name: string) => void;
  readonly onFailure: (error: LatchkeyError) => void;
}

const MATERIALIZED = 'materialize';
const LOOK_EVERY_MS = 30_000;

/** Whether a namespace says that its definitions are carried out without pods. */
export function isMarkedNamespace({ labels }: Pick<ObjectMeta, 'labels'>): boolean {
  return labels[ADOPTION] === MATERIALIZED;
}

/** Whether nothing is made in a namespace, however it is marked. */
export function isLeftOut(namespace: ObjectMeta): boolean {
  return optedOutNamespace(namespace) !== undefined;
}

/** Follows them by their label. Whose rights are those of Roles may list no namespaces, and looks at each now and then. */
export function followMarkedNamespaces(
  options: MarkedNamespacesOptions,
  signal: AbortSignal,
): MarkedNamespaces {
  const { namespaces } = options;
  return namespaces === undefined ? followAll(options, signal) : lookAtEach(namespaces, options, signal);
}

function followAll(options: MarkedNamespacesOptions, signal: AbortSignal): MarkedNamespaces {
  const { api, onChange, onFailure } = options;
  const tracked: TrackOptions = {
    api,
    kind: {
      group: '',
      versions: ['v1'],
      plural: 'namespaces',
      select: { labelSelector: `${ADOPTION}=${MATERIALIZED}` },
      metadataOnly: true,
    },
    digest: rulesOf,
    onChange: ({ name }) => onChange(name),
    onFailure,
  };
  const { has, ready } = trackObjects(tracked, signal);
  return { has: (name) => has({ namespace: undefined, name }), ready };
}

/** What a namespace says to Latchkey: whether it is left out, its region, what it permits. */
function rulesOf(namespace: unknown): string {
  const metadata = recordAt(namespace, 'metadata');
  const said = ['labels', 'annotations'].map((field) =>
    Object.entries(textsAt(metadata, field)).filter(([name]) => name.startsWith(PREFIX)),
  );
  return JSON.stringify(said);
}

function lookAtEach(
  namespaces: readonly string[],
  { kubernetes, pause, onChange, onFailure }: MarkedNamespacesOptions,
  signal: AbortSignal,
): MarkedNamespaces {
  const marked = new Set<string>();
  const first = Promise.withResolvers<void>();

  async function look(name: string): Promise<void> {
    const namespace = await kubernetes.namespace(name, signal);
    const isMarked = namespace !== undefined && isMarkedNamespace(namespace);
    if (isMarked === marked.has(name)) return;
    if (isMarked) marked.add(name);
    else marked.delete(name);
    onChange(name);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const looks = await Promise.allSettled(namespaces.map(look));
      first.resolve();
      for (const each of looks)
        if (each.status === 'rejected' && !signal.aborted) onFailure(each.reason as LatchkeyError);
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  void run();
  return { has: (name) => marked.has(name), ready: () => first.promise };
}
