import { PREFIX } from '../names.ts';
import type { Path } from './node-path.ts';
import { isRecord, type KubernetesObject, recordAt } from './objects.ts';
import type { PodTemplate } from './pod-templates.ts';

/** One of our annotations that stands on a workload instead of its template. */
export interface StrayAnnotation {
  readonly key: string;
  /** As written: a manifest's may be no text. */
  readonly value: unknown;
  /** Of the `metadata` that it stands in, relative to the object. */
  readonly metadata: Path;
}

/**
 * Annotations that reach no pod. The same annotation in both places is what kustomize's `commonAnnotations` writes, and
 * fine.
 */
export function strayAnnotations(template: PodTemplate<KubernetesObject>): readonly StrayAnnotation[] {
  const own = recordAt(recordAt(template.value, 'metadata'), 'annotations');
  return outerMetadata(template.path).flatMap((metadata) =>
    Object.entries(recordAt(recordAtPath(template.object.value, metadata), 'annotations'))
      .filter(([key, value]) => key.startsWith(PREFIX) && own[key] !== value)
      .map(([key, value]) => ({ key, value, metadata })),
  );
}

/** What is wrong with a stray annotation, in the words of `lint` and of the webhook; `place` is not printable yet. */
export function strayWording({ key }: StrayAnnotation, template: PodTemplate<KubernetesObject>) {
  const where = [...template.path, 'metadata', 'annotations'].join('.');
  return {
    code: 'LK-UNKNOWN',
    place: `annotation ${key}`,
    message: `this stands on the ${template.object.kind}, from where it reaches no pod`,
    remedy: `Move it to ${where}.`,
  } as const;
}

/** Every `metadata` around the template's own: of the object, and of a CronJob's job template. */
export function outerMetadata(path: Path): readonly Path[] {
  return path.flatMap((_, length) =>
    length === 0 || path[length - 1] === 'jobTemplate' ? [[...path.slice(0, length), 'metadata']] : [],
  );
}

function recordAtPath(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (found, step) => (isRecord(found) && Object.hasOwn(found, step) ? found[step] : undefined),
    value,
  );
}
