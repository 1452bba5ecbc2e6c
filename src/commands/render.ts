import { readFile } from 'node:fs/promises';

import { systemClock } from '../clock.ts';
import type { FlagValues } from '../config/flags.ts';
import { readKeyFile } from '../config/key-file.ts';
import { readFlags } from '../config/parse-flags.ts';
import { endpointUrl } from '../config/serve-config.ts';
import { UsageError } from '../config/usage-error.ts';
import { describe } from '../errors.ts';
import { lineOfField } from '../manifests/field-path.ts';
import { titleOf } from '../manifests/objects.ts';
import { podTemplateOf } from '../manifests/pod-templates.ts';
import { type Manifests, readManifests } from '../manifests/read-manifests.ts';
import { readPolicyFile } from '../manifests/read-policy-file.ts';
import { surroundingsOf } from '../manifests/surroundings.ts';
import { templatePod } from '../manifests/template-pod.ts';
import { printable, quoted } from '../quote.ts';
import { createFileStore } from '../stores/file.ts';
import { createResolver, type Resolver } from '../stores/resolver.ts';
import { parseStoreFile } from '../stores/store-file.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from './command.ts';
import { printFindings } from './lint/print-findings.ts';
import { readLive } from './render/live-manifests.ts';
import { printRendered } from './render/print-rendered.ts';
import { renderPod, type RenderOptions } from './render/render-pod.ts';
import type { Rendered } from './render/rendered.ts';

/** `latchkey render`: what the webhook would do to manifests, offline. Exit 1 when it would refuse one of the pods. */
export async function run(context: CommandContext): Promise<number> {
  const { values } = readFlags('render', context);
  const manifests = await readInput(values, context);
  const options = await renderOptions(values, context, manifests);
  const rendered: Rendered[] = [];
  for (const object of manifests.objects) {
    const template = podTemplateOf(object);
    if (template !== undefined)
      rendered.push(await renderPod(templatePod(template, values.namespace), options));
  }
  context.stdout.write(printRendered(rendered, values.output));
  context.stderr.write(printFindings(manifests.findings, 'text') + rendered.map(remarks).join(''));
  if (rendered.length === 0) context.stderr.write('latchkey: the input holds nothing that makes pods\n');
  const refused = rendered.some(({ decision }) => decision === 'refused');
  return refused || manifests.findings.length > 0 ? EXIT_FINDINGS : EXIT_FINE;
}

async function readInput(values: FlagValues<'render'>, { stdin, env }: CommandContext): Promise<Manifests> {
  const { live, filename, namespace, kubeconfig } = values;
  if (live === undefined && filename.length === 0) {
    throw new UsageError([
      '--filename is missing; `-f -` reads standard input, --live KIND/NAME the cluster',
    ]);
  }
  const files = await readManifests(filename, stdin);
  if (live === undefined) return files;
  const cluster = await readLive({ workload: live, namespace, kubeconfig, env });
  return {
    objects: [...files.objects, ...cluster.objects],
    findings: [...files.findings, ...cluster.findings],
  };
}

async function renderOptions(
  values: FlagValues<'render'>,
  { env }: CommandContext,
  { objects }: Manifests,
): Promise<RenderOptions> {
  const endpoint = endpointUrl(values['aws-endpoint-url'], env);
  if (endpoint.problems.length > 0) throw new UsageError(endpoint.problems);
  const [policy, key, resolver] = await Promise.all([
    readPolicyFile(values['policy-file']),
    values['key-file'] === undefined ? undefined : readKeyFile(values['key-file']),
    values['store-file'] === undefined ? undefined : openStoreFile(values['store-file']),
  ]);
  return {
    config: {
      identity: 'pod',
      defaultDelivery: values['default-delivery'],
      skipContainers: values['skip-containers'],
      plaintextAllowed: values['allow-plaintext'],
      tokenAudiences: values['token-audiences'],
      fetchImage: values['fetch-image'],
      fetchResources: values['fetch-resources'],
      fetchDeadlineSeconds: Math.ceil(values['fetch-deadline'] / 1000),
      cacheTtlMs: 0,
      ...optional('region', values.region),
      ...optional('clusterName', values['cluster-name']),
      ...optional('awsEndpointUrl', endpoint.url),
    },
    surroundings: surroundingsOf(objects, values.namespace),
    facts: {
      ...optional('roleArn', values['role-arn']),
      ...optional('serviceAccountUid', values['service-account-uid']),
      ...optional('ownerUid', values['owner-uid']),
      ...optional('revision', values.revision),
    },
    // `serve --store-file` needs no role either; with one, the file stands for what AWS would answer to it.
    asAws: values['store-file'] === undefined || values['role-arn'] !== undefined,
    showValues: values['show-values'],
    clock: systemClock,
    ...optional('policy', policy),
    ...optional('installationKey', key?.reveal()),
    ...optional('resolver', resolver),
  };
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}

/** @throws UsageError, LatchkeyError LK-CONFIG */
async function openStoreFile(file: string): Promise<Resolver> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new UsageError([`${quoted(file)} is not there or not readable`]);
  }
  const store = createFileStore(parseStoreFile(text, file));
  return createResolver({ stores: { ssm: store, secretsmanager: store }, clock: systemClock, cacheTtlMs: 0 });
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
