import type { Finding } from '../../manifests/finding.ts';
import type { Path } from '../../manifests/node-path.ts';
import { recordAt } from '../../manifests/objects.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import { PREFIX } from '../../names.ts';
import { metadataFindings, valueAt } from './keys.ts';
import { findingAt } from './problem-at.ts';

/**
 * Annotations that stand on a workload instead of its template: they reach no pod. The same annotation in both places is
 * what kustomize's `commonAnnotations` writes, and fine.
 */
export function misplacedFindings(template: PodTemplate): readonly Finding[] {
  const { object } = template;
  const own = recordAt(recordAt(template.value, 'metadata'), 'annotations');
  return outerMetadata(template.path).flatMap((path) => {
    const annotations = recordAt(valueAt(object.value, path), 'annotations');
    const stray = Object.keys(annotations).filter(
      (key) => key.startsWith(PREFIX) && own[key] !== annotations[key],
    );
    const where = [...template.path, 'metadata', 'annotations'].join('.');
    return [
      ...metadataFindings(object, path),
      ...stray.map((key) =>
        findingAt(object, [...path, 'annotations', key], {
          code: 'LK-UNKNOWN',
          place: `annotation ${key}`,
          message: `this stands on the ${object.kind}, from where it reaches no pod`,
          remedy: `Move it to ${where}.`,
        }),
      ),
    ];
  });
}

/** Every `metadata` around the template's own: of the object, and of a CronJob's job template. */
function outerMetadata(path: Path): readonly Path[] {
  const outer: Path[] = [];
  for (let length = 0; length < path.length; length++) {
    if (length === 0 || path[length - 1] === 'jobTemplate')
      outer.push([...path.slice(0, length), 'metadata']);
  }
  return outer;
}
