import type { Finding } from '../../manifests/finding.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import { outerMetadata, strayAnnotations, strayWording } from '../../manifests/stray-annotations.ts';
import { metadataFindings } from './keys.ts';
import { findingAt } from './problem-at.ts';

/** What is wrong with the `metadata` around a template: of what stands there, nothing reaches a pod. */
export function misplacedFindings(template: PodTemplate): readonly Finding[] {
  const { object } = template;
  return [
    ...outerMetadata(template.path).flatMap((path) => metadataFindings(object, path)),
    ...strayAnnotations(template).map((stray) =>
      findingAt(object, [...stray.metadata, 'annotations', stray.key], strayWording(stray, template)),
    ),
  ];
}
