import type { Pod } from '../request/pod.ts';

/** A pod as a text in which the pods of one revision are the same. */
export interface Likeness {
  readonly text: string;
  /** The name that was left out of the text. What holds it is about one pod alone. */
  readonly leftOut?: string;
}

/** ServiceAccount admission, which runs before any webhook, draws this name for each pod. */
const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]{5}$/;

/** JSON writes no such character, so nothing that a pod says looks like the gap. */
const GAP = '\u0000';

/**
 * All that a pod says, without what the API server makes different in each pod of a template before a webhook sees it:
 * the time in `managedFields`, which Latchkey never reads, and the name of the token's volume. Two pods with one text
 * differ in nothing else.
 */
export function likenessOf(namespace: string, pod: Pod): Likeness {
  const text = JSON.stringify([
    namespace,
    { ...pod, metadata: { ...pod.metadata, managedFields: undefined } },
  ]);
  const name = tokenVolume(pod);
  if (name === undefined) return { text };
  const pieces = text.split(name);
  // Where the name stands anywhere else, it might mean something there: this pod is then like itself only.
  return pieces.length - 1 === places(pod, name) ? { text: pieces.join(GAP), leftOut: name } : { text };
}

function tokenVolume({ spec }: Pod): string | undefined {
  return spec.volumes?.find(({ name }) => TOKEN_VOLUME.test(name))?.name;
}

/** How often a volume's name stands where it says nothing but which volume is meant. */
function places({ spec }: Pod, name: string): number {
  const { volumes = [], containers, initContainers = [] } = spec;
  const lists = [volumes, ...[...containers, ...initContainers].map(({ volumeMounts = [] }) => volumeMounts)];
  return lists.reduce((sum, list) => sum + list.filter((entry) => entry.name === name).length, 0);
}
