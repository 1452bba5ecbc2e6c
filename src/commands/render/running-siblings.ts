import type { SiblingSecrets } from '../../admission/sibling-secrets.ts';
import { secretsOfPod } from '../../controller/secret-users.ts';
import { inPlaceText } from '../../delivery/in-place-text.ts';
import { readSecretName } from '../../delivery/secret-name.ts';
import { type SiblingDelivery, siblingDelivery } from '../../delivery/sibling.ts';
import { isRecord, recordAt, textAt, textsAt } from '../../manifests/objects.ts';
import { INJECTION, PREFIX } from '../../names.ts';
import { type CarriedVolumes, readVolumesAnnotation, volumesText } from '../../request/class-volumes.ts';
import type { Plan } from '../../request/plan.ts';

/** A workload of the cluster: its uid, and the raw pods that its selector finds. */
export interface Running {
  readonly uid: string;
  readonly pods: readonly unknown[];
}

const NOT_ASKED_WITH = new Set(
  ['status', 'in-place', 'volumes', 'preflight'].map((name) => PREFIX + name),
).add(INJECTION);

/**
 * Finds what the running pods of a workload carry, for a manifest that no webhook will see. The server asks for the same
 * revision and its own name; here a pod is alike that asks for the same, in the same words, as the same service account:
 * of another revision too, as a roll-out must go on. The names are believed: whoever may create pods in a namespace may
 * use its Secrets anyhow.
 */
export function createRunningSiblings(running: Running): SiblingSecrets {
  return {
    async find({ pod, plan, serviceAccountName }) {
      const asked = askedOf(pod.metadata.annotations ?? {}, inPlaceText(plan.inPlace));
      const alike = running.pods.filter(
        (other) =>
          accountOf(other) === serviceAccountName &&
          askedOf(...annotationsOf(other)) === asked &&
          (plan.volumes === undefined ||
            volumesText({ volumes: plan.volumes }) === volumesText(carriedVolumes(other))),
      );
      for (const other of newestFirst(alike)) {
        const found = deliveryOf(other, plan);
        if (found !== undefined) return { ...found, warning: warningOf(other, found, running.uid) };
      }
      return undefined;
    },
  };
}

function deliveryOf(pod: unknown, plan: Plan): SiblingDelivery | undefined {
  for (const name of secretsOfPod(pod)) {
    const found = siblingDelivery([pod], readSecretName(name)?.h1 ?? '', plan);
    if (found !== undefined) return found;
  }
  return undefined;
}

function newestFirst(pods: readonly unknown[]): readonly unknown[] {
  return pods.toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1));
}

/** RFC 3339 in UTC, which sorts as text. */
function createdAt(pod: unknown): string {
  return textAt(recordAt(pod, 'metadata'), 'creationTimestamp') ?? '';
}

function accountOf(pod: unknown): string {
  return textAt(recordAt(pod, 'spec'), 'serviceAccountName') ?? 'default';
}

function annotationsOf(
  pod: unknown,
): readonly [annotations: Readonly<Record<string, string>>, inPlace: string | undefined] {
  const annotations = textsAt(recordAt(pod, 'metadata'), 'annotations');
  return [annotations, annotations[`${PREFIX}in-place`]];
}

/** Of which classes its volumes were filled. */
function carriedVolumes(pod: unknown): CarriedVolumes {
  const { volumes } = readVolumesAnnotation(annotationsOf(pod)[0]);
  return { volumes };
}

/** Everything that decides what a pod gets, as one text. */
function askedOf(annotations: Readonly<Record<string, string>>, inPlace: string | undefined): string {
  const ours = Object.entries(annotations).filter(
    ([name]) => name.startsWith(PREFIX) && !NOT_ASKED_WITH.has(name),
  );
  return JSON.stringify([ours.toSorted(([a], [b]) => (a < b ? -1 : 1)), inPlace ?? null]);
}

/** A Secret of a ReplicaSet or of a CronJob's Job goes with it, maybe before the pods of the manifest do. */
function warningOf(pod: unknown, { secretName }: SiblingDelivery, workloadUid: string): string {
  const metadata = recordAt(pod, 'metadata');
  const { ownerReferences } = metadata;
  const owners: readonly unknown[] = Array.isArray(ownerReferences) ? ownerReferences : [];
  const owner = owners.find((one) => isRecord(one) && one['controller'] === true);
  const used = `it has the values of pod ${textAt(metadata, 'name') ?? ''}, by Secret ${secretName}`;
  if (owner === undefined || textAt(owner, 'uid') === workloadUid) return used;
  const patch = `kubectl patch secret ${secretName} -n ${textAt(metadata, 'namespace') ?? ''} --type=merge -p '{"metadata":{"ownerReferences":null}}'`;
  return `${used}, which goes with ${textAt(owner, 'kind') ?? ''} ${textAt(owner, 'name') ?? ''}. To keep it: ${patch}`;
}
