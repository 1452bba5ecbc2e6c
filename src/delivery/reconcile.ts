import type { Problem } from '../errors.ts';
import type { Container, Pod } from '../request/pod.ts';
import type { Delivered } from './delivery.ts';
import type { Desired, WantedContainer } from './desired.ts';
import type { Operation } from './operations.ts';
import { editList, setAnnotations } from './operations.ts';
import { reconcileInitContainers } from './reconcile-init-containers.ts';
import { reconcileMounts } from './reconcile-mounts.ts';
import { reconcileVariables } from './reconcile-variables.ts';
import { reconcileVolumes } from './reconcile-volumes.ts';
import { isReserved } from './reserved.ts';

/** What a part of the pod still lacks, or why it cannot be had. */
export interface Reconciled {
  readonly operations: readonly Operation[];
  readonly problems: readonly Problem[];
}

const NOTHING: WantedContainer = { variables: [], inPlace: [], mounts: [] };

/** With so many entries of ours a pod is larger than what etcd stores; working them out would only stop everybody else. */
const MOST_ENTRIES = 10_000;

/**
 * The operations that take a pod to what a delivery wants of it, in an order in which they apply to exactly this pod.
 * A pod that already has it, with whatever others added since, gets none. Nothing of the pod is read but the parts
 * that are ours or in our way, and nothing of it is written back.
 */
export function reconcile(pod: Pod, desired: Desired): Pick<Delivered, 'operations' | 'problems'> {
  const { containers, initContainers, volumes } = pod.spec;
  const tooMany = entriesProblem(desired);
  if (tooMany !== undefined) return { operations: [], problems: [tooMany] };
  // Containers first: what follows shifts the init containers' places.
  const parts = [
    ...containers.map((container, index) => ofContainer(`/spec/containers/${index}`, container, desired)),
    ...(initContainers ?? []).map((container, index) =>
      ofContainer(`/spec/initContainers/${index}`, container, desired),
    ),
    reconcileVolumes(volumes, desired.volumes, 'annotations'),
    reconcileInitContainers(pod, desired.initContainers, 'annotations'),
    { operations: setAnnotations(pod.metadata.annotations, desired.annotations), problems: [] },
  ];
  const problems = parts.flatMap((part) => part.problems);
  return { operations: problems.length > 0 ? [] : parts.flatMap((part) => part.operations), problems };
}

function entriesProblem({ containers }: Desired): Problem | undefined {
  const entries = [...containers.values()].reduce(
    (sum, { variables, inPlace, mounts }) => sum + variables.length + inPlace.length + mounts.length,
    0,
  );
  if (entries <= MOST_ENTRIES) return undefined;
  return {
    code: 'LK-LIMIT',
    place: 'pod',
    field: 'metadata.annotations[latchkey.dev/containers]',
    message: `variables and mounts for ${containers.size} containers are ${entries} entries in all`,
    remedy: `A pod holds at most ${MOST_ENTRIES} of them: name the containers that need them with latchkey.dev/containers, or ask for files.`,
  };
}

function ofContainer(path: string, container: Container, desired: Desired): Reconciled {
  if (isReserved(container.name)) return { operations: [], problems: [] };
  const wanted = desired.containers.get(container.name) ?? NOTHING;
  const env = editList(`${path}/env`, container.env);
  const mounts = editList(`${path}/volumeMounts`, container.volumeMounts);
  const problems = [
    ...reconcileVariables(env, wanted, container.name),
    ...reconcileMounts(mounts, wanted.mounts, container.name),
  ];
  return { operations: [...env.operations(), ...mounts.operations()], problems };
}
