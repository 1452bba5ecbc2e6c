import type { LatchkeyError } from '../errors.ts';
import { type ManifestObject, titleOf } from '../manifests/objects.ts';
import type { Manifests } from '../manifests/read-manifests.ts';
import { type Surroundings, surroundingsOf } from '../manifests/surroundings.ts';
import { printable } from '../quote.ts';
import type { PlanDefaults } from '../request/plan.ts';
import type { Around } from './definitions/definition-kind.ts';
import { notConvertible } from './definitions/meaning.ts';
import { type Kustomized, kustomizedBy } from './kustomize.ts';

export interface MigrateOptions {
  /** Of objects that name none. */
  readonly namespace: string;
  /** Of definitions that name none: what their controller was started with. */
  readonly region?: string;
  readonly defaults: Pick<PlanDefaults, 'delivery' | 'skipContainers'>;
}

/** Everything that was given, and what is known of it before anything is converted. */
export interface Input {
  readonly manifests: Manifests;
  readonly options: MigrateOptions;
  /** But those of patches. */
  readonly objects: readonly ManifestObject[];
  readonly kustomized: Kustomized;
  readonly around: Around;
  readonly surroundings: Surroundings;
}

export function readInput(manifests: Manifests, options: MigrateOptions): Input {
  const kustomized = kustomizedBy(manifests.files);
  const objects = manifests.objects.filter(({ file }) => !kustomized.patchFiles.has(file));
  return {
    manifests,
    options,
    objects,
    kustomized,
    surroundings: surroundingsOf(objects, options.namespace),
    around: {
      objects,
      defaultNamespace: options.namespace,
      ...(options.region === undefined ? {} : { region: options.region }),
      checkWhole: (object) => {
        const patch = kustomized.patches.find((each) => each.targets(object));
        if (patch !== undefined) throw patched(object, patch.file);
      },
    },
  };
}

export function namespaceOf(object: ManifestObject, { namespace }: MigrateOptions): string {
  return object.namespace ?? namespace;
}

function patched(object: ManifestObject, file: string): LatchkeyError {
  return notConvertible(
    `${titleOf(object)} is changed by a kustomize patch (${printable(file, 1000)})`,
    'Convert what is built: kustomize build DIR | latchkey migrate -f -.',
  );
}

/** What a pod of the namespace is planned with. */
export function planDefaults({ surroundings, options }: Input, namespace: string): PlanDefaults {
  const around = surroundings.namespace(namespace);
  return {
    namespace,
    namespaceAnnotations: around?.annotations ?? {},
    namespaceLabels: around?.labels ?? {},
    delivery: options.defaults.delivery,
    skipContainers: options.defaults.skipContainers,
  };
}
