import { foundClass, type FoundClasses } from '../../adoption/provider-classes.ts';
import type { PodAdoption } from '../../admission/pod-secrets.ts';
import type { ObjectMeta } from '../../kubernetes/kubernetes.ts';
import type { Surroundings } from '../../manifests/surroundings.ts';
import { ADOPTION, ADOPTION_VALUES, PREFIX } from '../../names.ts';
import { classVolumes } from '../../request/class-volumes.ts';
import { ASKS_FOR_NOTHING } from '../../request/skip.ts';

const NOTHING = { problems: [], warnings: [], stale: [] } as const;

/**
 * The volumes whose SecretProviderClasses are in the input, filled as in a namespace with adoption. Whether a namespace is
 * labelled so counts where the input has it. Definitions that make Secrets change nothing of a pod.
 */
export function offlineAdoption(
  surroundings: Surroundings,
  namespace: string,
  region: string | undefined,
): PodAdoption {
  const around = surroundings.namespace(namespace);
  return {
    completedOf(pod, skipped) {
      if (skipped !== undefined && skipped !== ASKS_FOR_NOTHING) return undefined;
      const volumes = classVolumes(pod).filter(
        ({ className }) => surroundings.providerClass(namespace, className) !== undefined,
      );
      return volumes.length === 0 ? undefined : { uses: [], volumes };
    },
    appliesTo: () =>
      around === undefined || ADOPTION_VALUES.some((value) => value === around.labels[ADOPTION]),
    adopt: async () => NOTHING,
    findClasses: async (names, request) => findIn(surroundings, names, request.namespace, region),
    onStale: () => {},
  };
}

function findIn(
  surroundings: Surroundings,
  names: readonly string[],
  { name: namespace, labels, annotations }: ObjectMeta,
  region: string | undefined,
): FoundClasses {
  const asked = annotations[`${PREFIX}region`] ?? region;
  const context = {
    namespace,
    namespaceLabels: labels,
    namespaceAnnotations: annotations,
    ...(asked === undefined ? {} : { region: asked }),
    allowedSecretTypes: [],
  };
  return new Map(
    names.flatMap((name) => {
      const object = surroundings.providerClass(namespace, name);
      return object === undefined ? [] : [[name, foundClass(object.value, context)] as const];
    }),
  );
}
