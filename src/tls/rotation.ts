// PURE when a certificate authority and a serving certificate are made, published, used and dropped.
//
// Three parties learn of a change at different times: API servers of a new caBundle (seconds), replicas of `serve` of a
// new serving certificate (a kubelet takes a minute or two), and whoever is controller next of what was done. A call
// fails where one of the first two is ahead of the other. So: a new authority is published beside the old one, signs
// only when every API server must have seen it, and the old one goes only when no replica can serve what it signed.

/** A certificate, as far as its dates matter. */
export interface Dated {
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The serving certificate. */
export interface Leaf extends Dated {
  /** The fingerprint of the authority that signed it, where we know that one. */
  readonly issuer: string | undefined;
  /** Whether it is for every name that the API server verifies. */
  readonly namesFit: boolean;
}

export interface RotationState<T extends Dated = Dated> {
  /** Signs. Absent: nothing was made yet. */
  readonly authority?: T;
  /** Will sign, once every API server trusts it. */
  readonly next?: T;
  /** Signed once; replicas may still serve it. */
  readonly previous: readonly T[];
  readonly leaf?: Leaf;
  /** What the caBundle of each webhook holds, by fingerprint. */
  readonly bundles: readonly ReadonlySet<string>[];
  /** What of that is not ours: of another TLS mode, for instance. */
  readonly foreign: readonly T[];
}

/** For how long, in ms, this process has seen something to be so without a break. */
export interface Seen {
  /** In the caBundle of every webhook, by fingerprint. */
  readonly published: ReadonlyMap<string, number>;
  /** The serving certificate is of the authority that signs. */
  readonly settled: number;
}

export interface RotationLimits {
  /** By when whoever has to know of a change knows it, ms. */
  readonly propagationMs: number;
  /** For how long an authority that signs no more is trusted, ms. */
  readonly retentionMs: number;
}

export type Step =
  | { readonly kind: 'idle' }
  /** Into the CA Secret: the first authority. */
  | { readonly kind: 'make-authority' }
  /** Into the CA Secret: `next`. */
  | { readonly kind: 'make-next' }
  /** Into every webhook whose caBundle is another: exactly these. */
  | { readonly kind: 'publish'; readonly bundle: readonly Dated[] }
  /** In the CA Secret: `next` signs from now on, the authority becomes a previous one. */
  | { readonly kind: 'promote' }
  /** Into the TLS Secret: a new serving certificate of the authority. */
  | { readonly kind: 'issue' }
  /** In the CA Secret: previous ones are forgotten. */
  | { readonly kind: 'drop-previous' };

/** Of a certificate's life, the last third is for renewing it. */
const RENEWAL_SHARE = 3;

/** Whether it is time to renew. */
export function isDue({ notBeforeMs, notAfterMs }: Dated, wallMs: number): boolean {
  return wallMs >= notAfterMs - (notAfterMs - notBeforeMs) / RENEWAL_SHARE;
}

/** The one thing to do now. After it everything is read again, so that each step rests on what is really there. */
export function nextStep(
  state: RotationState,
  seen: Seen,
  { wallMs, ...limits }: RotationLimits & { readonly wallMs: number },
): Step {
  const { authority, next } = state;
  if (authority === undefined) return { kind: 'make-authority' };
  if (next === undefined && isDue(authority, wallMs)) return { kind: 'make-next' };

  const bundle = wantedBundle(state, seen, limits);
  if (!state.bundles.every((held) => isExactly(held, bundle))) return { kind: 'publish', bundle };

  const trusted = (of: Dated): boolean => (seen.published.get(of.fingerprint) ?? -1) >= limits.propagationMs;
  if (next !== undefined && (wallMs >= authority.notAfterMs || trusted(next))) return { kind: 'promote' };
  const mayIssue = !restsOnAnother(state, wallMs) || trusted(authority);
  if (mayIssue && needsLeaf(state, authority, wallMs)) return { kind: 'issue' };
  return whenAllIsWell(state, seen, limits);
}

function whenAllIsWell(state: RotationState, seen: Seen, limits: RotationLimits): Step {
  if (state.previous.length > 0 && isSettled(state, seen, limits)) return { kind: 'drop-previous' };
  return { kind: 'idle' };
}

/** The authority first: the one that API servers will need most. */
function wantedBundle(state: RotationState, seen: Seen, limits: RotationLimits): readonly Dated[] {
  const { authority, next, previous, foreign } = state;
  const ours = [authority, next, ...previous].filter((each) => each !== undefined);
  return isSettled(state, seen, limits) ? ours : [...ours, ...foreign];
}

function isSettled({ leaf, authority }: RotationState, seen: Seen, limits: RotationLimits): boolean {
  return leaf !== undefined && leaf.issuer === authority?.fingerprint && seen.settled >= limits.retentionMs;
}

function needsLeaf({ leaf }: RotationState, authority: Dated, wallMs: number): boolean {
  if (leaf === undefined || leaf.issuer !== authority.fingerprint || !leaf.namesFit) return true;
  // One that ends with its authority cannot be made to last longer.
  return isDue(leaf, wallMs) && leaf.notAfterMs < authority.notAfterMs;
}

/**
 * Whether calls succeed by the grace of another authority than the one that signs now. Then a new certificate must wait
 * until the new authority is trusted. Where calls fail anyway, or the authority stays the same, there is nothing to wait
 * for.
 */
function restsOnAnother(
  { leaf, authority, next, previous, foreign }: RotationState,
  wallMs: number,
): boolean {
  if (leaf === undefined || wallMs >= leaf.notAfterMs || leaf.issuer === authority?.fingerprint) return false;
  const issuer = [next, ...previous, ...foreign].find((each) => each?.fingerprint === leaf.issuer);
  return issuer !== undefined && wallMs < issuer.notAfterMs;
}

function isExactly(held: ReadonlySet<string>, wanted: readonly Dated[]): boolean {
  const fingerprints = new Set(wanted.map(({ fingerprint }) => fingerprint));
  return held.size === fingerprints.size && [...held].every((each) => fingerprints.has(each));
}
