import { readFlags } from '../config/parse-flags.ts';
import { UsageError } from '../config/usage-error.ts';
import { inOrder } from '../manifests/finding.ts';
import { podTemplateOf } from '../manifests/pod-templates.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { readPolicyFile } from '../manifests/read-policy-file.ts';
import { surroundingsOf } from '../manifests/surroundings.ts';
import { templatePod } from '../manifests/template-pod.ts';
import { kustomizedBy } from '../migrate/kustomize.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from './command.ts';
import { loadJmesPath } from '../request/jmes-path.ts';
import { classFindings } from './lint/class-findings.ts';
import { definitionFindings, isDefinition } from './lint/definition-findings.ts';
import { printFindings } from './lint/print-findings.ts';
import { surroundingFindings } from './lint/surrounding-findings.ts';
import { templateFindings } from './lint/template-findings.ts';

/** `latchkey lint`: checks manifests without asking anyone. Exit 1 when something is wrong; warnings alone are fine. */
export async function run(context: CommandContext): Promise<number> {
  const { values } = readFlags('lint', context);
  if (values.filename.length === 0)
    throw new UsageError(['--filename is missing; `-f -` reads standard input']);
  const policy = await readPolicyFile(values['policy-file']);
  const { objects: all, files, findings: unread } = await readManifests(values.filename, context.stdin);
  const { patchFiles } = kustomizedBy(files);
  const objects = all.filter((object) => !(isDefinition(object) && patchFiles.has(object.file)));
  const surroundings = surroundingsOf(objects, values.namespace);
  const templates = objects.flatMap((object) => podTemplateOf(object) ?? []);
  const defaults = {
    delivery: values['default-delivery'],
    skipContainers: values['skip-containers'],
    ...(values.region === undefined ? {} : { region: values.region }),
  };
  const { region, namespace, 'allow-secret-types': allowedSecretTypes } = values;
  const classes = { surroundings, region, namespace, allowedSecretTypes };
  const options = { classes, surroundings, defaults, ...(policy === undefined ? {} : { policy }) };
  const findings = inOrder([
    ...unread,
    ...surroundingFindings(surroundings),
    ...(surroundings.providerClasses.length === 0 ? [] : classFindings(classes, await loadJmesPath())),
    ...(await definitionFindings(objects, classes)),
    ...templates.flatMap((template) => templateFindings(templatePod(template, values.namespace), options)),
  ]);
  context.stdout.write(printFindings(findings, values.output));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  context.stderr.write(summary(templates.length, errors, findings.length - errors));
  return errors > 0 ? EXIT_FINDINGS : EXIT_FINE;
}

function summary(templates: number, errors: number, warnings: number): string {
  return `latchkey: ${count(templates, 'pod template')}, ${count(errors, 'problem')}, ${count(warnings, 'warning')}\n`;
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
