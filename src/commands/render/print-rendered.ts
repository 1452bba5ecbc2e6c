import { createTwoFilesPatch } from 'diff';

import { titleOf } from '../../manifests/objects.ts';
import type { Rendered } from './rendered.ts';
import { safeJson, safeYaml } from './safe-output.ts';
import { standalone } from './standalone.ts';

export type RenderFormat = 'yaml' | 'diff' | 'patch' | 'json' | 'manifest';

/** What is printed on standard output: of pods that are refused nothing but in `json`. */
export function printRendered(rendered: readonly Rendered[], format: RenderFormat): string {
  if (format === 'json') return `${safeJson({ pods: rendered.map(asJson) })}\n`;
  const admitted = rendered.filter(({ decision }) => decision !== 'refused');
  if (format === 'patch') return admitted.map(({ operations }) => `${safeJson(operations)}\n`).join('');
  const changed = admitted.filter(({ decision }) => decision === 'patched');
  if (format === 'manifest') return asManifest(changed);
  return format === 'diff' ? changed.map(asDiff).join('') : asYaml(changed);
}

function asManifest(rendered: readonly Rendered[]): string {
  return rendered
    .flatMap((one) => standalone(one).map((object) => [titleOf(one.pod.template.object), object] as const))
    .map(([title, object]) => `# ${title}, without the webhook\n${safeYaml(object)}`)
    .join('---\n');
}

function asYaml(rendered: readonly Rendered[]): string {
  const documents = rendered.flatMap((one) => [
    `# the pod of ${titleOf(one.pod.template.object)}, as the webhook admits it\n${safeYaml(one.after)}`,
    ...one.secrets.map((secret) => `# its managed Secret\n${safeYaml(secret)}`),
  ]);
  return documents.join('---\n');
}

function asDiff({ pod, after, secrets }: Rendered): string {
  const title = titleOf(pod.template.object);
  const parts = [
    createTwoFilesPatch(`${title} (as sent)`, `${title} (as admitted)`, safeYaml(pod.json), safeYaml(after)),
    ...secrets.map((secret) =>
      createTwoFilesPatch('/dev/null', `managed Secret of ${title}`, '', safeYaml(secret)),
    ),
  ];
  return parts.map((part) => part.replace(/^=+\n/, '')).join('');
}

function asJson({
  pod,
  decision,
  reason,
  operations,
  after,
  secrets,
  problems,
  warnings,
  notes,
}: Rendered): object {
  return {
    object: titleOf(pod.template.object),
    file: pod.template.object.file,
    namespace: pod.namespace,
    decision,
    ...(reason === undefined ? {} : { reason }),
    patch: operations,
    ...(decision === 'refused' ? {} : { pod: after }),
    secrets,
    problems,
    warnings,
    notes,
  };
}
