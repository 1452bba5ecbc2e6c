import { narrowPod } from '../../admission/narrow-pod.ts';
import { LatchkeyError, type Problem } from '../../errors.ts';
import { lineOfField } from '../../manifests/field-path.ts';
import type { Finding } from '../../manifests/finding.ts';
import { titleOf } from '../../manifests/objects.ts';
import { planTemplate } from '../../manifests/plan-template.ts';
import type { Surrounding, Surroundings } from '../../manifests/surroundings.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import type { TemplatePod } from '../../manifests/template-pod.ts';
import { AUDIENCE_ANNOTATION, DEFAULT_AUDIENCE, PREFIX, ROLE_ARN_ANNOTATION } from '../../names.ts';
import { permit } from '../../policy/permit.ts';
import type { PermitContext } from '../../policy/permit-context.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Plan, PlanDefaults, Planned } from '../../request/plan.ts';
import { asksOnlySealed } from '../../request/sealed-checks.ts';
import { planClasses, type ClassOptions } from './class-findings.ts';
import { bareReferenceFindings, variableTypeFindings } from './variables.ts';
import { metadataFindings } from './keys.ts';
import { misplacedFindings } from './misplaced.ts';
import { findingAt } from './problem-at.ts';

export interface LintOptions {
  readonly surroundings: Surroundings;
  readonly defaults: Pick<PlanDefaults, 'region' | 'delivery' | 'skipContainers'>;
  readonly policy?: Policy;
  readonly classes: ClassOptions;
}

/** Everything that is wrong with one pod template and with what it needs of its surroundings. */
export function templateFindings(pod: TemplatePod, options: LintOptions): readonly Finding[] {
  const { template } = pod;
  const noText = [
    ...metadataFindings(template.object, [...template.path, 'metadata']),
    ...variableTypeFindings(template),
  ];
  return [
    ...misplacedFindings(template),
    ...noText,
    ...bareReferenceFindings(template),
    // Without a place, it says of the pod as a whole what was just said of its parts.
    ...planFindings(pod, options).filter(({ problem }) => noText.length === 0 || problem.field !== ''),
  ];
}

function planFindings(pod: TemplatePod, options: LintOptions): readonly Finding[] {
  const { namespace } = pod;
  const around = options.surroundings.namespace(namespace);
  const { planned } = planTemplate(pod, {
    ...options.defaults,
    namespace,
    namespaceAnnotations: around?.annotations ?? {},
  });
  return [...findingsOf(planned, pod, options), ...findingsOf(planVolumes(pod, options), pod, options)];
}

/** A template that is no pod was told so by its plan. */
function planVolumes({ json, namespace }: TemplatePod, { classes }: LintOptions): Planned {
  try {
    return planClasses(narrowPod(json), namespace, classes);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    return { kind: 'skip', reason: 'no pod' };
  }
}

function findingsOf(planned: Planned, pod: TemplatePod, options: LintOptions): readonly Finding[] {
  const { namespace, template } = pod;
  const around = options.surroundings.namespace(namespace);
  if (planned.kind === 'skip') return [];
  if (planned.kind === 'problems') {
    return planned.problems
      .filter((problem) => around === undefined || !isSaidOfNamespace(problem))
      .filter((problem) => !isSaidOfKey(problem))
      .map((problem) => problemFinding(template, problem));
  }
  const account = options.surroundings.serviceAccount(namespace, pod.serviceAccountName);
  const warnings = planned.warnings.map((message) =>
    findingAt(template.object, [...template.path, 'metadata', 'annotations'], {
      code: 'LK-SYNTAX',
      place: 'pod',
      message,
      remedy: '',
      severity: 'warning',
    }),
  );
  return [
    ...warnings,
    ...permit(planned.plan, permitContext(pod, planned.plan, options)).map((problem) =>
      problemFinding(template, problem),
    ),
    ...(account === undefined ? [] : missingRole(account, planned.plan)),
  ];
}

/** A namespace of the input is checked by itself, once for all of its pods. */
function isSaidOfNamespace({ field }: Problem): boolean {
  return field.startsWith('namespace.');
}

/** A prefix in capitals is one of the look-alikes, which are found wherever they stand. */
function isSaidOfKey({ field }: Problem): boolean {
  return field.startsWith('metadata.annotations[') && !field.startsWith(`metadata.annotations[${PREFIX}`);
}

function problemFinding(template: PodTemplate, problem: Problem): Finding {
  const line = lineOfField(template, problem);
  return { file: template.object.file, line, object: titleOf(template.object), severity: 'error', problem };
}

function permitContext(pod: TemplatePod, plan: Plan, { surroundings, policy }: LintOptions): PermitContext {
  const around = surroundings.namespace(pod.namespace);
  const account = surroundings.serviceAccount(pod.namespace, pod.serviceAccountName);
  const role = plan.credentials === 'pod-identity' ? undefined : account?.annotations[ROLE_ARN_ANNOTATION];
  return {
    namespace: pod.namespace,
    // The API server puts this label on every namespace.
    namespaceLabels: { ...around?.labels, 'kubernetes.io/metadata.name': pod.namespace },
    namespaceAnnotations: around?.annotations ?? {},
    serviceAccount: pod.serviceAccountName,
    serviceAccountAnnotations: account?.annotations ?? {},
    roleChain: [role, plan.assumeRoleArn].filter((arn) => arn !== undefined),
    ...(account === undefined
      ? {}
      : { audience: account.annotations[AUDIENCE_ANNOTATION] ?? DEFAULT_AUDIENCE }),
    identity: 'pod',
    ...(policy === undefined ? {} : { policy }),
  };
}

function missingRole({ object, annotations }: Surrounding, plan: Plan): readonly Finding[] {
  if (plan.delivery === 'memory' || annotations[ROLE_ARN_ANNOTATION] !== undefined) return [];
  if (asksOnlySealed(plan)) return [];
  return [
    findingAt(object, ['metadata'], {
      code: 'LK-NO-ROLE',
      place: `service account ${object.name}`,
      message: `a pod uses it with ${plan.delivery} delivery, but it names no IAM role`,
      remedy: `Annotate it with ${ROLE_ARN_ANNOTATION}, or use memory delivery, which EKS Pod Identity needs.`,
    }),
  ];
}
