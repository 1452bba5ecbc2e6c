import type { Decision } from '../../admission/respond.ts';
import { isIndefinite, type Problem } from '../../errors.ts';
import type { NewSecret } from '../../kubernetes/kubernetes.ts';
import { assumedRegionOf } from '../../manifests/plan-template.ts';
import type { Surroundings } from '../../manifests/surroundings.ts';
import type { TemplatePod } from '../../manifests/template-pod.ts';
import { quoted } from '../../quote.ts';
import { asksOnlySealed } from '../../request/sealed-checks.ts';
import type { Resolver } from '../../stores/resolver.ts';
import { asCreated, type ClusterFacts, UNKNOWN_UID } from './as-created.ts';
import { createOfflineKubernetes } from './offline-kubernetes.ts';
import { type OfflineReview, type OfflineReviewOptions, reviewOffline } from './offline-review.ts';
import { placeholderName, secretNameIn, withPlaceholders } from './placeholder.ts';
import { applied, type Rendered } from './rendered.ts';
import { secretManifest, unresolvedSecretManifest } from './secret-manifest.ts';

export interface RenderOptions extends Omit<
  OfflineReviewOptions,
  'kubernetes' | 'isRoleKnown' | 'installationKey'
> {
  readonly surroundings: Surroundings;
  readonly facts: ClusterFacts & { readonly roleArn?: string; readonly serviceAccountUid?: string };
  /** `--key-file`; absent: names are placeholders. */
  readonly installationKey?: Uint8Array;
  /** With `--private-key`: answers what is sealed, also where there is no `resolver` for anything else. */
  readonly ofSealed?: Resolver;
}

/** Stands for the installation's key: the names that it makes are never shown. */
const NO_KEY = new Uint8Array(32);

/** What the webhook would do to one pod. */
export async function renderPod(pod: TemplatePod, options: RenderOptions): Promise<Rendered> {
  const first = await review(pod, options);
  const assume = options.config.region === undefined && lacksRegion(first.decision);
  const region = assumedRegionOf(pod.json);
  const config = { ...options.config, region };
  const assumed = assume ? await review(pod, { ...options, config }) : first;
  if (options.forApplying) return toRendered(pod, saysRegion(assumed) ? first : assumed, options, []);
  const regionNote = `no region is named, so this is as if in ${region}: name the server's with --region`;
  return toRendered(pod, assumed, options, assume ? [regionNote] : []);
}

/** Only what the init container of `memory` reads has the region in it; a Secret does not tell. */
function saysRegion({ review: seen }: OfflineReview): boolean {
  return seen?.plan.delivery === 'memory';
}

interface Reviewed extends OfflineReview {
  readonly secret?: NewSecret;
  /** Whether everything that decides a managed Secret's name is known. */
  readonly isCertain: boolean;
}

/** Without a store file, only a pod that asks for sealed values alone can be given any. */
async function review(pod: TemplatePod, options: RenderOptions): Promise<Reviewed> {
  const { resolver, ofSealed } = options;
  const reviewed = await reviewOnce(pod, options);
  const plan = resolver === undefined ? reviewed.review?.plan : undefined;
  if (ofSealed === undefined || plan === undefined || !asksOnlySealed(plan)) return reviewed;
  return await reviewOnce(pod, { ...options, resolver: ofSealed });
}

async function reviewOnce(pod: TemplatePod, options: RenderOptions): Promise<Reviewed> {
  const { surroundings, facts, installationKey, resolver } = options;
  const created = asCreated(pod, facts);
  let secret: NewSecret | undefined;
  const kubernetes = createOfflineKubernetes({
    surroundings,
    ownerUid: created.ownerUid ?? UNKNOWN_UID,
    onSecret: (made) => {
      secret = made;
    },
    ...(facts.roleArn === undefined ? {} : { roleArn: facts.roleArn }),
    ...(facts.serviceAccountUid === undefined ? {} : { serviceAccountUid: facts.serviceAccountUid }),
  });
  const account = surroundings.serviceAccount(pod.namespace, pod.serviceAccountName);
  const result = await reviewOffline(created.json, pod.namespace, {
    ...options,
    kubernetes,
    installationKey: installationKey ?? NO_KEY,
    isRoleKnown: () => account !== undefined || facts.roleArn !== undefined,
  });
  const uidKnown = facts.serviceAccountUid !== undefined || (account !== undefined && account.uid !== '');
  const isCertain = created.isCertain && uidKnown && installationKey !== undefined && resolver !== undefined;
  return { ...result, isCertain, ...(secret === undefined ? {} : { secret }) };
}

function lacksRegion(decision: Decision): boolean {
  return decision.kind === 'refuse' && decision.problems.some(({ code }) => code === 'LK-REGION');
}

function toRendered(
  pod: TemplatePod,
  { decision, review: seen, secret, isCertain }: Reviewed,
  options: RenderOptions,
  notes: readonly string[],
): Rendered {
  const base = {
    pod,
    after: pod.json,
    operations: [],
    secrets: [],
    problems: [],
    warnings: decision.warnings,
    notes,
  };
  if (decision.kind === 'refuse') {
    // Only a stand-in for AWS, that nobody asks here, gives no definite answer.
    const problems = decision.problems.every(isIndefinite) ? [noValues(options)] : decision.problems;
    return { ...base, decision: 'refused', problems };
  }
  if (decision.kind === 'allow' || seen === undefined) {
    return {
      ...base,
      decision: 'unchanged',
      ...(decision.kind === 'allow' ? { reason: decision.reason } : {}),
    };
  }
  const name = secretNameIn(decision.operations);
  const { forApplying } = options;
  // A running pod's Secret is there already.
  const isMade = name !== undefined && !(forApplying && secret === undefined);
  const manifests = isMade ? [manifestOf(name, seen, secret, options.showValues)] : [];
  const hide = <T>(value: T): T => (isCertain || forApplying ? value : withPlaceholders(value, name, seen));
  const operations = hide(decision.operations);
  const isNamed = name === undefined || isCertain || forApplying;
  const nameNote = isNamed ? [] : [placeholderNote(placeholderName(name), secret, options)];
  return {
    ...base,
    decision: 'patched',
    operations,
    after: applied(pod.json, operations),
    secrets: hide(manifests),
    notes: [...notes, ...nameNote, ...roleNote(pod, seen, options), ...imageNote(seen, options)],
  };
}

function manifestOf(
  name: string,
  seen: NonNullable<OfflineReview['review']>,
  secret: NewSecret | undefined,
  showValues: boolean,
) {
  return secret === undefined ? unresolvedSecretManifest(name, seen) : secretManifest(secret, showValues);
}

/** Of a manifest that is to be applied: AWS is never asked here, and a value is not made up. */
function noValues({ siblings }: RenderOptions): Problem {
  const pods =
    siblings === undefined
      ? 'it has no running pods to take a Secret from'
      : 'none of its running pods carries just what it asks for';
  return {
    code: 'LK-CONFIG',
    place: 'pod',
    field: '',
    message: `${pods}, and AWS is not asked here`,
    remedy:
      'Give the values with --store-file FILE --show-values; or --default-delivery, if the webhook has another one.',
  };
}

/** A manifest that is applied brings its own init container. */
function imageNote(
  { plan }: NonNullable<OfflineReview['review']>,
  { forApplying, config }: RenderOptions,
): readonly string[] {
  if (!forApplying || plan.delivery !== 'memory') return [];
  return [`its init container has the image ${config.fetchImage}: give --fetch-image as the webhook has it`];
}

function placeholderNote(
  name: string,
  secret: NewSecret | undefined,
  { installationKey }: RenderOptions,
): string {
  const missing = [
    ...(installationKey === undefined ? ['--key-file'] : []),
    ...(secret === undefined ? ['--store-file'] : []),
    '--service-account-uid, --owner-uid and --revision, as far as the input does not say them',
  ];
  return `${name} is a placeholder: the real name needs ${missing.join(', ')}`;
}

function roleNote(
  pod: TemplatePod,
  { plan }: NonNullable<OfflineReview['review']>,
  { surroundings, facts, asAws }: RenderOptions,
): readonly string[] {
  const known = surroundings.serviceAccount(pod.namespace, pod.serviceAccountName) !== undefined;
  if (known || facts.roleArn !== undefined || !asAws || asksOnlySealed(plan)) return [];
  const account = quoted(`${pod.namespace}/${pod.serviceAccountName}`);
  return [
    `the role of service account ${account} is not known: give --role-arn, or the account in the input`,
  ];
}
