import { isReserved, reservedVolume } from '../../delivery/reserved.ts';
import type { Code, Problem } from '../../errors.ts';
import { isDnsLabel } from '../../kubernetes/object-names.ts';
import { FETCH_VOLUMES_ROOT, PREFIX } from '../../names.ts';
import { quoted } from '../../quote.ts';
import { addressKey } from '../../request/addresses.ts';
import type { ClassVolume } from '../../request/class-volumes.ts';
import type { JmesPath } from '../../request/jmes-path.ts';
import { isOurContainer } from '../../request/ours.ts';
import type { Item, Place, Plan, Planned, Source } from '../../request/plan.ts';
import type { Container, Pod } from '../../request/pod.ts';
import { attempt } from '../../request/problems.ts';
import { compareSlots } from '../../request/slot.ts';
import { MOST_REFERENCES } from '../../request/source.ts';
import { inRegion } from '../../request/failover.ts';
import type { ProvidedFile, ProviderClass } from './provider-class.ts';

/** A volume, and what its class says. */
export interface MountedClass {
  readonly volume: ClassVolume;
  readonly providerClass: ProviderClass;
}

export interface VolumesPlanOptions {
  /** Absent where no class has an expression. */
  readonly jmesPath?: JmesPath | undefined;
}

/** The driver's, for files and for objects that name no mode. */
const FILE_MODE = 0o644;

/**
 * What a pod's CSI volumes ask for, as a plan of its own: the same for a fresh pod and for one whose volumes are filled. One
 * init container reads for all of them, so they have one identity.
 *
 * @returns LK-NAME, LK-RESERVED, LK-DEFINITION, LK-CONFLICT, LK-LIMIT, LK-SYNTAX (a JMESPath), LK-PLAINTEXT
 */
export function volumesPlan(
  pod: Pod,
  mounted: readonly MountedClass[],
  { jmesPath }: VolumesPlanOptions,
): Planned {
  const delivery = deliveryOf(pod);
  const problems: Problem[] = [
    ...mounted.flatMap(({ volume }) => nameProblem(volume)),
    ...(delivery === 'plaintext' ? [noPlaintext()] : []),
    ...identityProblems(mounted, delivery),
  ];
  const count = mounted.reduce((sum, { providerClass }) => sum + providerClass.files.length, 0);
  if (count > MOST_REFERENCES) problems.push(tooMany(count));
  const files = count > MOST_REFERENCES ? [] : mounted.flatMap((one) => itemsOf(one));
  const items = files.sort((a, b) => compareSlots(a.slot, b.slot));
  checkExpressions(items, jmesPath, problems);
  checkFailovers(items, problems);
  const [first, ...more] = problems;
  if (first !== undefined || delivery === 'plaintext') {
    return { kind: 'problems', problems: [first ?? noPlaintext(), ...more] };
  }
  const warnings = mounted.flatMap(({ providerClass }) => providerClass.warnings);
  return { kind: 'plan', plan: planOf(pod, mounted, { delivery, items }), warnings: [...new Set(warnings)] };
}

function planOf(
  { spec }: Pod,
  mounted: readonly MountedClass[],
  { delivery, items }: Pick<Plan, 'delivery' | 'items'>,
): Plan {
  const names = new Set(mounted.map(({ volume }) => volume.volume));
  const isTarget = (container: Container) =>
    !isOurContainer(container) && (container.volumeMounts ?? []).some(({ name }) => names.has(name));
  const usesPodIdentity = mounted.some(({ providerClass }) => providerClass.usePodIdentity);
  return {
    delivery,
    items,
    bulks: [],
    inPlace: [],
    targets: [...(spec.initContainers ?? []), ...spec.containers].filter(isTarget).map(({ name }) => name),
    mountPath: FETCH_VOLUMES_ROOT,
    fileMode: FILE_MODE,
    preflight: 'warn',
    volumes: mounted.map(({ volume: { volume, className } }) => ({ volume, className })),
    credentials: usesPodIdentity ? 'pod-identity' : 'web-identity',
  };
}

function itemsOf({ volume: { volume }, providerClass }: MountedClass): readonly Item[] {
  return providerClass.files.map((file) => ({
    slot: {
      kind: 'file',
      path: `${volume}/${file.path}`,
      ...(file.mode === undefined || file.mode === FILE_MODE ? {} : { mode: file.mode }),
    },
    template: [sourceOf(file, providerClass)],
    place: file.place,
  }));
}

/** The class's second region is each file's own: classes of one pod may differ in it, but for the same object. */
function sourceOf({ source }: ProvidedFile, { failoverRegion }: ProviderClass): Source {
  if (failoverRegion === undefined || source.failover !== undefined) return source;
  return { ...source, failover: inRegion(source.address, failoverRegion) };
}

type Delivery = 'memory' | 'secret' | 'plaintext';

/** A wrong word is a problem of the annotations, which are read too. */
function deliveryOf({ metadata }: Pod): Delivery {
  const written = metadata.annotations?.[`${PREFIX}delivery`]?.trim();
  return written === 'secret' || written === 'plaintext' ? written : 'memory';
}

/** Mutation comes before validation, and the name becomes a directory. */
function nameProblem({ volume, place }: ClassVolume): readonly Problem[] {
  if (isReserved(volume)) return [reservedVolume(volume)];
  if (isDnsLabel(volume)) return [];
  return [problem(place, 'the name of the volume is not valid', NAME_RULE, 'LK-NAME')];
}

const NAME_RULE = 'Use lower-case letters, digits and "-".';

function identityProblems(mounted: readonly MountedClass[], delivery: Delivery): readonly Problem[] {
  const [podIdentity] = mounted.filter(({ providerClass }) => providerClass.usePodIdentity);
  if (podIdentity === undefined) return [];
  const other = mounted.find(({ providerClass }) => !providerClass.usePodIdentity);
  const { place, className } = podIdentity.volume;
  const name = `SecretProviderClass ${quoted(className)}`;
  return [
    ...(other === undefined
      ? []
      : [
          problem(
            place,
            `${name} has usePodIdentity, and ${quoted(other.volume.className)} of volume ${quoted(other.volume.volume)} has not`,
            'Give all classes of one pod the same identity.',
          ),
        ]),
    ...(delivery === 'secret'
      ? [
          problem(
            place,
            `${name} has usePodIdentity, which only the pod itself has: delivery secret cannot read with it`,
            'Remove latchkey.dev/delivery: secret, so that the pod reads, or give the service account a role and the class usePodIdentity: "false".',
          ),
        ]
      : []),
  ];
}

/** At admission: in the pod it would be told to nobody but the init container's log. */
function checkExpressions(items: readonly Item[], jmesPath: JmesPath | undefined, problems: Problem[]): void {
  for (const { template, place } of items) {
    for (const part of template) {
      if (typeof part === 'string' || part.jmesPath === undefined) continue;
      const expression = part.jmesPath;
      attempt(problems, place, () => jmesPath?.check(expression), expression);
    }
  }
}

/** Of one class this was checked when it was read. Each object is asked once, whichever class it is in. */
function checkFailovers(items: readonly Item[], problems: Problem[]): void {
  const known = new Map<string, string>();
  for (const { template, place } of items) {
    for (const part of template) {
      if (typeof part === 'string') continue;
      const failover = part.failover === undefined ? '' : addressKey(part.failover);
      const first = known.get(addressKey(part.address)) ?? failover;
      known.set(addressKey(part.address), first);
      if (first !== failover) problems.push(otherFailover(place));
    }
  }
}

function otherFailover(place: Place): Problem {
  const message =
    'another class of the pod names another failoverRegion or failoverObject for the same object, or none';
  return problem(place, message, 'Write the same in both classes.', 'LK-CONFLICT');
}

function noPlaintext(): Problem {
  const place = { label: 'delivery plaintext', field: `metadata.annotations[${PREFIX}delivery]` };
  const remedy = 'Remove the annotation (the files come through memory), or write secret.';
  return problem(place, 'files of a CSI volume cannot be in the pod spec', remedy, 'LK-PLAINTEXT');
}

function tooMany(count: number): Problem {
  const place = { label: 'pod', field: 'spec.volumes' };
  const remedy = `A pod has at most ${String(MOST_REFERENCES)}: mount fewer classes in one pod.`;
  return problem(place, `its CSI volumes have ${String(count)} files`, remedy, 'LK-LIMIT');
}

function problem(place: Place, message: string, remedy: string, code: Code = 'LK-DEFINITION'): Problem {
  return { code, place: place.label, field: place.field, message, remedy };
}
