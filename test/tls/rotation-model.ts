// A cluster for the state machine of certificates: API servers and replicas of `serve` that learn late, several
// controllers that crash and race. Certificates are dates and names here.

import { nextAuthorities, type AuthoritySet } from '../../src/tls/next-authorities.ts';
import { nextStep, type Dated, type Leaf, type RotationLimits, type Step } from '../../src/tls/rotation.ts';
import { look, NOTHING_SEEN, seenSince } from '../../src/tls/rotation-watch.ts';

export const LIMITS: RotationLimits = { propagationMs: 10, retentionMs: 120 };
export const LEAF_MS = 400;
export const AUTHORITY_MS = 1_200;

type Authorities = AuthoritySet<Dated, Dated>;

/** A value, and all that it was: who learns late may still hold what was replaced within the propagation. */
interface Versioned<T> {
  value: T;
  version: number;
  readonly past: { readonly value: T; readonly untilMs: number }[];
}

export interface Cluster {
  nowMs: number;
  readonly ca: Versioned<Authorities>;
  readonly tls: Versioned<Leaf | undefined>;
  readonly webhooks: readonly Versioned<ReadonlySet<string>>[];
  /** Every certificate that was ever made. */
  readonly made: Map<string, Dated>;
  /** What replicas of another TLS mode still serve until the roll-out is over. */
  readonly elsewhere: { readonly leaf: Leaf; readonly untilMs: number } | undefined;
}

export function newCluster(webhooks: number, foreign: Dated | undefined): Cluster {
  const held = new Set(foreign === undefined ? [] : [foreign.fingerprint]);
  return {
    nowMs: 0,
    ca: versioned<Authorities>({ previous: [] }),
    tls: versioned<Leaf | undefined>(undefined),
    webhooks: Array.from({ length: webhooks }, () => versioned<ReadonlySet<string>>(held)),
    made: new Map(foreign === undefined ? [] : [[foreign.fingerprint, foreign]]),
    elsewhere: foreign && {
      leaf: { ...foreign, fingerprint: 'elsewhere', issuer: foreign.fingerprint, namesFit: true },
      untilMs: LIMITS.retentionMs,
    },
  };
}

/** Somebody empties the CA Secret: what signed so far is known from the caBundles alone. */
export function emptyCaSecret({ ca, nowMs }: Cluster): void {
  write<Authorities>(ca, { value: { previous: [] }, version: ca.version }, nowMs);
}

function versioned<T>(value: T): Versioned<T> {
  return { value, version: 0, past: [] };
}

/** Compare and swap. */
function write<T>(
  at: Versioned<T>,
  { value, version }: { value: T; version: number },
  nowMs: number,
): boolean {
  if (at.version !== version) return false;
  at.past.unshift({ value: at.value, untilMs: nowMs });
  at.value = value;
  at.version += 1;
  return true;
}

/** What somebody may still hold who learns within the propagation. */
function possible<T>(at: Versioned<T>, nowMs: number): readonly T[] {
  const late = at.past.filter(({ untilMs }) => nowMs - untilMs < LIMITS.propagationMs);
  return [at.value, ...late.map(({ value }) => value)];
}

function make(cluster: Cluster, lifetimeMs: number): Dated {
  const fingerprint = `certificate-${String(cluster.made.size)}`;
  const dated = { fingerprint, notBeforeMs: cluster.nowMs, notAfterMs: cluster.nowMs + lifetimeMs };
  cluster.made.set(fingerprint, dated);
  return dated;
}

export interface Controller {
  /** Reads everything and decides; what it decided is done when the returned function is called. */
  decide(): { readonly step: Step; readonly act: () => void };
  /** Another process in its place: what it saw is forgotten. */
  crash(): void;
}

export function newController(cluster: Cluster): Controller {
  let watch = NOTHING_SEEN;

  return {
    crash() {
      watch = NOTHING_SEEN;
    },
    decide() {
      // In the order in which the controller reads: registrations first.
      const webhooks = cluster.webhooks.map(({ value, version }) => ({ value, version }));
      const ca = { value: cluster.ca.value, version: cluster.ca.version };
      const tls = { value: cluster.tls.value, version: cluster.tls.version };
      const { authority, next, previous } = ca.value;
      const ours = new Set([authority, next, ...previous].map((each) => each?.fingerprint));
      const foreign = new Set(webhooks.flatMap(({ value }) => [...value]).filter((each) => !ours.has(each)));
      const state = {
        ...ca.value,
        ...(tls.value === undefined ? {} : { leaf: tls.value }),
        bundles: webhooks.map(({ value }) => value),
        foreign: [...foreign].flatMap((each) => cluster.made.get(each) ?? []),
      };
      watch = look(watch, state, cluster.nowMs);
      const seen = seenSince(watch, cluster.nowMs);
      const step = nextStep(state, seen, { ...LIMITS, wallMs: cluster.nowMs });

      const act = (): void => {
        if (step.kind === 'publish') {
          const value = new Set(step.bundle.map(({ fingerprint }) => fingerprint));
          cluster.webhooks.forEach((webhook, index) => {
            write(webhook, { value, version: webhooks[index]?.version ?? -1 }, cluster.nowMs);
          });
        } else if (step.kind === 'issue' && authority !== undefined) {
          const lifetimeMs = Math.min(LEAF_MS, authority.notAfterMs - cluster.nowMs);
          const leaf = { ...make(cluster, lifetimeMs), issuer: authority.fingerprint, namesFit: true };
          write(cluster.tls, { value: leaf, version: tls.version }, cluster.nowMs);
        } else if (step.kind !== 'idle' && step.kind !== 'issue') {
          const made = step.kind.startsWith('make') ? make(cluster, AUTHORITY_MS) : undefined;
          const value = nextAuthorities(step, ca.value, made);
          write(cluster.ca, { value, version: ca.version }, cluster.nowMs);
        }
      };
      return { step, act };
    },
  };
}

/** Every call that some API server may make to some replica now; why it fails, if it does. */
export function failures(cluster: Cluster): readonly string[] {
  const { tls, elsewhere, nowMs } = cluster;
  const other = elsewhere !== undefined && nowMs < elsewhere.untilMs ? elsewhere.leaf : undefined;
  const leaves = [...possible(tls, nowMs), other].filter((leaf) => leaf !== undefined);
  return leaves.flatMap((leaf) =>
    cluster.webhooks.flatMap((webhook) =>
      possible(webhook, cluster.nowMs).flatMap((bundle) => failureOf(cluster, leaf, bundle)),
    ),
  );
}

function failureOf({ nowMs, made }: Cluster, leaf: Leaf, bundle: ReadonlySet<string>): readonly string[] {
  const issuer = made.get(leaf.issuer ?? '');
  if (issuer === undefined || !bundle.has(issuer.fingerprint)) return [`${leaf.fingerprint} is not trusted`];
  if (nowMs >= leaf.notAfterMs) return [`${leaf.fingerprint} expired`];
  return nowMs >= issuer.notAfterMs ? [`${issuer.fingerprint} expired`] : [];
}
