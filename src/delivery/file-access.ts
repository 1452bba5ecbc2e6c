import type { Problem } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { Place, Plan } from '../request/plan.ts';
import type { Container, Pod } from '../request/pod.ts';
import { isRecord } from './converge.ts';
import type { FetchUser } from './fetch-user.ts';
import { allContainers, effectiveUser } from './users.ts';

/** Who owns the files of a delivery. */
export interface FileOwner {
  readonly user: number;
  readonly group?: number;
  /** The kubelet adds read permission for fsGroup to every file of a `secret` volume, whatever its mode. */
  readonly fsGroupReads: boolean;
}

/** What `fetch` writes belongs to whom it runs as. */
export function writtenBy({ user, group }: FetchUser): FileOwner {
  return { user, ...(group === undefined ? {} : { group }), fsGroupReads: false };
}

/** A `secret` volume's files belong to root. */
export const SECRET_VOLUME: FileOwner = { user: 0, group: 0, fsGroupReads: true };

export interface Access {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

const OTHERS_READ = 0o004;
const GROUP_READ = 0o040;
const OWNER_READ = 0o400;

interface Asked {
  readonly mode: number;
  readonly place: Place;
}

/**
 * Whether every target can read the files that it gets. A mode that one surely cannot read is a problem; where only the
 * image knows its user, a warning.
 */
export function fileAccess(pod: Pod, plan: Plan, owner: FileOwner): Access {
  const targets = allContainers(pod).filter(({ name }) => plan.targets.includes(name));
  const judged = modesOf(plan).flatMap((asked) =>
    targets.map((target) => ({ asked, target, answer: canRead(asked.mode, { pod, target, owner }) })),
  );
  return {
    problems: judged.flatMap(({ asked, target, answer }) =>
      answer === 'no' ? [unreadable(asked, target)] : [],
    ),
    warnings: judged.flatMap(({ asked, target, answer }) =>
      answer === 'unknown' ? [doubtful(asked, target)] : [],
    ),
  };
}

/** Each mode once, with the place that asks for it. */
function modesOf(plan: Plan): readonly Asked[] {
  const common = {
    label: 'annotation latchkey.dev/file-mode',
    field: 'metadata.annotations[latchkey.dev/file-mode]',
  };
  const modes = new Map<number, Place>();
  for (const { slot, place } of plan.items) {
    if (slot.kind !== 'file') continue;
    const mode = slot.mode ?? plan.fileMode;
    if (!modes.has(mode)) modes.set(mode, slot.mode === undefined ? common : place);
  }
  if (plan.bulks.some(({ kind }) => kind === 'file') && !modes.has(plan.fileMode))
    modes.set(plan.fileMode, common);
  return [...modes].map(([mode, place]) => ({ mode, place }));
}

interface Reader {
  readonly pod: Pod;
  readonly target: Container;
  readonly owner: FileOwner;
}

function canRead(mode: number, { pod, target, owner }: Reader): 'yes' | 'no' | 'unknown' {
  const allows = (bit: number) => (mode & bit) !== 0;
  if (allows(OTHERS_READ)) return 'yes';
  if (hasFsGroup(pod) && (owner.fsGroupReads || allows(GROUP_READ))) return 'yes';
  const { user, group, isNeverRoot } = effectiveUser(pod, target);
  if (user === undefined && !isNeverRoot) return 'unknown';
  if (user === 0 && mayOverride(target)) return 'yes';
  if (user === owner.user) return yesIf(allows(OWNER_READ));
  return yesIf(group !== undefined && group === owner.group && allows(GROUP_READ));
}

/** Then every container of the pod is in that group, and files in the pod's volumes belong to it. */
function hasFsGroup({ spec }: Pod): boolean {
  return spec.securityContext?.fsGroup !== undefined;
}

function yesIf(condition: boolean): 'yes' | 'no' {
  return condition ? 'yes' : 'no';
}

/** Root reads everything by the capability DAC_OVERRIDE, which container runtimes give unless it is dropped. */
function mayOverride(target: Container): boolean {
  const context: unknown = target.securityContext;
  const capabilities = isRecord(context) ? context['capabilities'] : undefined;
  const dropped = isRecord(capabilities) ? capabilities['drop'] : undefined;
  return !Array.isArray(dropped) || !dropped.some((name) => name === 'ALL' || name === 'DAC_OVERRIDE');
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function unreadable({ mode, place }: Asked, target: Container): Problem {
  return {
    code: 'LK-MODE',
    place: place.label,
    field: place.field,
    message: `container ${quoted(target.name)} could not read files with mode ${octal(mode)}`,
    remedy:
      "Use mode 0444, set fsGroup in the pod's securityContext (with 0440), or give all these containers one runAsUser.",
  };
}

function doubtful({ mode }: Asked, target: Container): string {
  return `container ${quoted(target.name)} can read files with mode ${octal(mode)} only if its image runs as root; set fsGroup or runAsUser`;
}
