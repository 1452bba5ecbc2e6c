import type { Problem } from '../errors.ts';
import { printable, quoted } from '../quote.ts';
import type { Fetched } from '../request/evaluate.ts';
import type { Address, DeliveryName, Place, Plan, Source } from '../request/plan.ts';
import { joinArn, splitArn } from '../arn.ts';
import { accountOf, readingsOf, returnedReadings } from './canonical.ts';
import { type Ceiling, ceilingOf } from './ceiling.ts';
import { type NameLayer, nameProblem, narrowingLayer, operatorLayer } from './name-layer.ts';
import { narrowingProblem, readNarrowing } from './narrowing.ts';
import type { PermitContext } from './permit-context.ts';

/**
 * Whether a plan stays inside the operator's file and what the namespace and the service account narrow it to. Every
 * reference is checked, bulk ones by their path or secret; what the stores return is checked by {@link returnedCheck}.
 *
 * @returns every problem (LK-POLICY), each with the layer that refused and the way out
 */
export function permit(plan: Plan, context: PermitContext): readonly Problem[] {
  const { delivery, failoverRegion } = plan;
  const wish = { delivery, references: referencesOf(plan), rolePlace };
  return permitWish(failoverRegion === undefined ? wish : { ...wish, failoverRegion }, context);
}

/** What somebody wants to read, and how it is handed over. */
export interface Wish {
  readonly delivery: DeliveryName;
  readonly references: readonly AskedReference[];
  readonly failoverRegion?: string;
  /** Where the n-th role of the chain was written. */
  readonly rolePlace: (hop: number, context: PermitContext) => Place;
}

/** One thing to read. */
export interface AskedReference {
  readonly address: Address;
  /** Asked instead when the address's region fails. */
  readonly failover?: Address | undefined;
  readonly place: Place;
  /** As it was written, for messages. */
  readonly text: string;
}

/** As {@link permit}, for whatever is not a plan. */
export function permitWish(wish: Wish, context: PermitContext): readonly Problem[] {
  const ceiling = ceilingOf(wish.delivery, context);
  if (ceiling.kind === 'closed') return [ceiling.problem];
  const layers = nameLayers(ceiling, context);
  return [
    ...deliveryProblems(wish.delivery, context),
    ...roleProblems(wish, context),
    ...wish.references.flatMap((reference) => referenceProblems(reference, wish, layers, context)),
  ];
}

/** Checks one thing that a store returned for an address; for a listing, each member. */
export type ReturnedCheck = (address: Address, fetched: Returned) => Problem | undefined;

type Returned = Pick<Fetched, 'arn' | 'name'>;

/**
 * The second check, of what stores return for a plan that {@link permit} let pass, by its ARN and name: no spelling of a
 * reference (an ARN, a listing, a secret behind a parameter's path) reaches past the policy. Reads the policy once.
 */
export function returnedCheck(delivery: DeliveryName, context: PermitContext): ReturnedCheck {
  const ceiling = ceilingOf(delivery, context);
  if (ceiling.kind === 'closed') return () => ceiling.problem;
  const layers = nameLayers(ceiling, context);
  const account = accountOf(context.roleChain);
  return (address, fetched) => {
    const readings = returnedReadings(address, fetched, account);
    const place = { label: `${address.store} ${printable(fetched.name)}`, field: 'metadata.annotations' };
    const text = fetched.arn === '' ? fetched.name : fetched.arn;
    return nameProblem(layers, { readings, certainty: 'definite', place, text });
  };
}

function asked({ address, failover, text }: Source, place: Place): AskedReference {
  return { address, failover, place, text };
}

function referencesOf(plan: Plan): readonly AskedReference[] {
  const ofItems = plan.items.flatMap(({ template, place }) =>
    template.filter((part) => typeof part !== 'string').map((source) => asked(source, place)),
  );
  return [...ofItems, ...plan.bulks.map(({ source, place }) => asked(source, place))];
}

function referenceProblems(
  { address: written, failover, place, text }: AskedReference,
  { delivery, failoverRegion }: Wish,
  layers: readonly NameLayer[],
  context: PermitContext,
): readonly Problem[] {
  // A search without a path has no name to check yet; what it finds is checked.
  if (written.find !== undefined && written.name === '') return [];
  const account = accountOf(context.roleChain);
  // `fetch` runs in the pod and asks no policy about what it received.
  const certainty = delivery === 'memory' ? 'definite' : 'checked-later';
  const elsewhere = failover === undefined ? inEveryRegion(written, failoverRegion) : [written, failover];
  for (const address of elsewhere) {
    const below = address.below ?? (address.find === undefined ? undefined : 'all-levels');
    const problem = nameProblem(layers, {
      readings: readingsOf(address, account),
      certainty,
      place,
      text,
      ...(below === undefined ? {} : { below }),
    });
    if (problem !== undefined) return [problem];
  }
  return [];
}

/** The address, and the one that is asked when its region fails: patterns that are ARNs speak of regions too. */
function inEveryRegion(address: Address, failoverRegion: string | undefined): readonly Address[] {
  if (failoverRegion === undefined) return [address];
  const arn = splitArn(address.name);
  const name = arn === undefined ? address.name : joinArn({ ...arn, region: failoverRegion });
  return [address, { ...address, name, region: failoverRegion }];
}

function nameLayers(
  ceiling: Extract<Ceiling, { kind: 'open' }>,
  context: PermitContext,
): readonly NameLayer[] {
  const narrowing = readNarrowing(context.namespaceAnnotations, 'permitted-names', namespaceOf(context));
  return [
    ...(ceiling.names === undefined ? [] : [operatorLayer(ceiling.names, context.namespace)]),
    ...(narrowing === undefined ? [] : [narrowingLayer(narrowing)]),
  ];
}

/** What the namespace and the service account say to a delivery, whatever is asked. */
export function deliveryProblems(
  delivery: DeliveryName,
  context: Pick<
    PermitContext,
    'namespace' | 'namespaceAnnotations' | 'serviceAccount' | 'serviceAccountAnnotations'
  >,
): readonly Problem[] {
  const account = `service account ${quoted(`${context.namespace}/${context.serviceAccount}`)}`;
  const place = { label: `delivery ${delivery}`, field: 'metadata.annotations[latchkey.dev/delivery]' };
  return [
    readNarrowing(context.namespaceAnnotations, 'permitted-deliveries', namespaceOf(context)),
    readNarrowing(context.serviceAccountAnnotations, 'permitted-deliveries', account),
  ].flatMap((narrowing) => narrowingProblem(narrowing, delivery, place) ?? []);
}

function roleProblems({ rolePlace }: Wish, context: PermitContext): readonly Problem[] {
  const narrowing = readNarrowing(context.namespaceAnnotations, 'permitted-roles', namespaceOf(context));
  return context.roleChain.flatMap(
    (role, hop) => narrowingProblem(narrowing, role, rolePlace(hop, context)) ?? [],
  );
}

/** A pod's first role stands on its service account, each further one on the pod. */
function rolePlace(hop: number, context: PermitContext): Place {
  return hop === 0 && context.identity === 'pod'
    ? { label: `service account ${quoted(context.serviceAccount)}`, field: 'spec.serviceAccountName' }
    : { label: 'assume-role-arn', field: 'metadata.annotations[latchkey.dev/assume-role-arn]' };
}

function namespaceOf(context: Pick<PermitContext, 'namespace'>): string {
  return `namespace ${quoted(context.namespace)}`;
}
