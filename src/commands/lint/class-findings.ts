import { readProviderClass } from '../../definitions/ascp/read-provider-class.ts';
import { foundClass } from '../../adoption/provider-classes.ts';
import type { ProviderClass } from '../../definitions/ascp/provider-class.ts';
import { volumesPlan } from '../../definitions/ascp/volumes-plan.ts';
import type { DefinitionContext } from '../../definitions/recipe.ts';
import type { Problem } from '../../errors.ts';
import { pathOfField } from '../../manifests/field-path.ts';
import type { Finding } from '../../manifests/finding.ts';
import { recordAt, textAt, titleOf, type ManifestObject } from '../../manifests/objects.ts';
import { ASSUMED_REGION, assumedRegion } from '../../manifests/plan-template.ts';
import type { Surroundings } from '../../manifests/surroundings.ts';
import { PREFIX } from '../../names.ts';
import { classVolumes } from '../../request/class-volumes.ts';
import type { JmesPath } from '../../request/jmes-path.ts';
import type { Planned } from '../../request/plan.ts';
import type { Pod } from '../../request/pod.ts';
import { attempt } from '../../request/problems.ts';

export interface ClassOptions {
  readonly surroundings: Surroundings;
  /** `--region`. */
  readonly region: string | undefined;
  /** `--allow-secret-types`. */
  readonly allowedSecretTypes: readonly string[];
  /** Of objects which name none. */
  readonly namespace: string;
}

/** Everything that is wrong with the input's SecretProviderClasses of AWS by themselves. */
export function classFindings(options: ClassOptions, jmesPath: JmesPath): readonly Finding[] {
  return options.surroundings.providerClasses.flatMap((object) => {
    const found = foundClass(object.value, classContext(object, options));
    if (found.kind === 'other') return [];
    if (found.kind === 'problems') return found.problems.map((problem) => findingIn(object, problem));
    return problemsOf(found.providerClass, jmesPath).map((problem) => findingIn(object, problem));
  });
}

/** What a pod's volumes of such classes ask for; a skip where none of them is in the input. What is wrong with a class is told there. */
export function planClasses(pod: Pod, namespace: string, options: ClassOptions): Planned {
  const mounted = classVolumes(pod).flatMap((volume) => {
    const object = options.surroundings.providerClass(namespace, volume.className);
    const read =
      object === undefined ? undefined : readProviderClass(object.value, classContext(object, options));
    return read?.kind === 'class' ? [{ volume, providerClass: read.providerClass }] : [];
  });
  return mounted.length === 0 ? { kind: 'skip', reason: 'mounts no class' } : volumesPlan(pod, mounted, {});
}

/** A failover region is another one than the server's, whichever that is. */
function classContext(object: ManifestObject, options: ClassOptions): DefinitionContext {
  const parameters = recordAt(recordAt(object.value, 'spec'), 'parameters');
  const assumed = assumedRegion(textAt(parameters, 'failoverRegion'));
  return contextOf(object.namespace ?? options.namespace, options, assumed);
}

/** @param assumed which region the server has is not known here */
export function contextOf(
  namespace: string,
  { surroundings, region, allowedSecretTypes }: ClassOptions,
  assumed = ASSUMED_REGION,
): DefinitionContext {
  const around = surroundings.namespace(namespace);
  return {
    namespace,
    namespaceLabels: around?.labels ?? {},
    namespaceAnnotations: around?.annotations ?? {},
    region: around?.annotations[`${PREFIX}region`] ?? region ?? assumed,
    allowedSecretTypes,
  };
}

function problemsOf({ files, secretObjects }: ProviderClass, jmesPath: JmesPath): readonly Problem[] {
  const problems: Problem[] = secretObjects.flatMap((object) => object.problems);
  for (const { source, place } of files) {
    const { jmesPath: expression } = source;
    if (expression !== undefined) attempt(problems, place, () => jmesPath.check(expression), expression);
  }
  return problems;
}

/** `parameters.objects` is one text: what is within it has the line that the text begins at. */
export function findingIn(object: ManifestObject, problem: Problem): Finding {
  const objects = /^spec\.parameters\.objects(?=\[)/.exec(problem.field)?.[0];
  const line = object.lineOf(pathOfField(objects ?? problem.field, object.value));
  return { file: object.file, line, object: titleOf(object), severity: 'error', problem };
}
