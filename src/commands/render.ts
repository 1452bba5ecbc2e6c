import type { FlagValues } from '../config/flags.ts';
import { readFlags } from '../config/parse-flags.ts';
import { UsageError } from '../config/usage-error.ts';
import { describe } from '../errors.ts';
import { lineOfField } from '../manifests/field-path.ts';
import { titleOf } from '../manifests/objects.ts';
import { podTemplateOf } from '../manifests/pod-templates.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { templatePod } from '../manifests/template-pod.ts';
import { printable } from '../quote.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from './command.ts';
import { printFindings } from './lint/print-findings.ts';
import { type LiveManifests, readLive } from './render/live-manifests.ts';
import { printRendered, type RenderFormat } from './render/print-rendered.ts';
import { formatOf, renderOptions } from './render/render-options.ts';
import { renderPod } from './render/render-pod.ts';
import type { Rendered } from './render/rendered.ts';

/** `latchkey render`: what the webhook would do to manifests, offline. Exit 1 when it would refuse one of the pods. */
export async function run(context: CommandContext): Promise<number> {
  const { values } = readFlags('render', context);
  const format = formatOf(values);
  const manifests = await readInput(values, format, context);
  const options = await renderOptions(values, context.env, manifests);
  const rendered: Rendered[] = [];
  for (const object of manifests.objects) {
    const template = podTemplateOf(object);
    if (template !== undefined)
      rendered.push(await renderPod(templatePod(template, values.namespace), options));
  }
  context.stdout.write(printRendered(rendered, format));
  context.stderr.write(printFindings(manifests.findings, 'text') + rendered.map(remarks).join(''));
  if (rendered.length === 0) context.stderr.write('latchkey: the input holds nothing that makes pods\n');
  const refused = rendered.some(({ decision }) => decision === 'refused');
  return refused || manifests.findings.length > 0 ? EXIT_FINDINGS : EXIT_FINE;
}

async function readInput(
  values: FlagValues<'render'>,
  format: RenderFormat,
  { stdin, env }: CommandContext,
): Promise<LiveManifests> {
  const { live, filename, namespace, kubeconfig } = values;
  if (live === undefined && filename.length === 0) {
    throw new UsageError([
      '--filename is missing; `-f -` reads standard input, --live KIND/NAME the cluster',
    ]);
  }
  const files = await readManifests(filename, stdin);
  if (live === undefined) return files;
  const withPods = format === 'manifest';
  const cluster = await readLive({ workload: live, namespace, kubeconfig, env, withPods });
  return {
    ...cluster,
    objects: [...files.objects, ...cluster.objects],
    findings: [...files.findings, ...cluster.findings],
  };
}

/** What there is to say of a pod besides what is printed, one line each. */
function remarks({ pod, decision, reason, problems, warnings, notes }: Rendered): string {
  const { object } = pod.template;
  const title = titleOf(object);
  const lines = [
    ...problems.map((problem) => {
      const place = `${printable(object.file, 1000)}:${String(lineOfField(pod.template, problem))}`;
      return `${place}: refused: ${title}: ${describe(problem)}`;
    }),
    ...(decision === 'unchanged' ? [`latchkey: ${title}: unchanged: ${printable(reason ?? '', 300)}`] : []),
    ...warnings.map((warning) => `latchkey: ${title}: warning: ${printable(warning, 1000)}`),
    ...notes.map((note) => `latchkey: ${title}: note: ${note}`),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
