import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import type { Answers, Fetched } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import { type Opened, type Opener, type Tries, TRIES_OF_A_REVIEW } from '../sealed/opener.ts';
import type { Scope } from '../sealed/scope.ts';
import type { Resolver } from './resolver.ts';

export interface SealedOptions {
  readonly opener: Opener;
  /** `--allow-cluster-wide`: values that open in every namespace. */
  readonly clusterWideAllowed: boolean;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Answers `sealed:` references beside those that AWS answers. A reference does not say how far it was sealed: it is tried
 * for the namespace of whoever asks, which the review says and nobody else, then for the whole cluster where that is
 * allowed. Strictly sealed values belong to SealedSecret objects: a pod's author would choose their name.
 */
export function withSealed(
  resolver: Resolver,
  { opener, clusterWideAllowed, clock }: SealedOptions,
): Resolver {
  async function openOne(text: string, namespace: string, tries: Tries): Promise<Fetched | LatchkeyError> {
    const remedy = remedyFor(namespace, clusterWideAllowed);
    const attempt = (scope: Scope): Promise<Opened | LatchkeyError> =>
      opener.open({ text, sealedFor: { scope, namespace, name: '' }, remedy }, tries).catch(asAnswer);
    const first = await attempt('namespace-wide');
    if (!(first instanceof LatchkeyError)) return fetched(first, 'namespace-wide');
    if (!clusterWideAllowed || first.code !== 'LK-SEALED') return first;
    const second = await attempt('cluster-wide');
    return second instanceof LatchkeyError
      ? new LatchkeyError(first.code, `${first.message}, nor cluster-wide`, first.remedy)
      : fetched(second, 'cluster-wide');
  }

  return {
    lastDefinite: (identity, region) => resolver.lastDefinite(identity, region),
    async resolve(addresses, session, options) {
      const sealed = addresses.filter(({ store }) => store === 'sealed');
      if (sealed.length === 0) return await resolver.resolve(addresses, session, options);
      const startedAt = clock.now();
      const others = addresses.filter(({ store }) => store !== 'sealed');
      const asked = others.length === 0 ? undefined : resolver.resolve(others, session, options);
      const opened = new Map<string, Fetched | LatchkeyError>();
      const tries = { left: TRIES_OF_A_REVIEW + sealed.length };
      // One after the other: the first shows which key is the likeliest for the next.
      for (const { name } of sealed) opened.set(name, await openOne(name, session.identity.namespace, tries));
      return joined(await asked, opened, startedAt);
    },
  };
}

function joined(
  asked: Answers | undefined,
  opened: ReadonlyMap<string, Fetched | LatchkeyError>,
  startedAt: number,
): Answers {
  return {
    one: (address) =>
      (address.store === 'sealed' ? opened.get(address.name) : asked?.one(address)) ?? unasked(),
    many: (address: Address) => asked?.many(address) ?? unasked(),
    // A key may go out of use: what it opened is no better than as old as this.
    readAt: Math.min(startedAt, asked?.readAt ?? startedAt),
  };
}

/** The scope stands for the name that a sealed value does not have; its version is the key that sealed it. */
function fetched({ value, key }: Opened, scope: Scope): Fetched {
  return { value, version: key.name, arn: '', name: scope };
}

function remedyFor(namespace: string, clusterWideAllowed: boolean): string {
  const wider = clusterWideAllowed
    ? ''
    : ' Cluster-wide ones need --allow-cluster-wide, which the operator sets.';
  return `A reference takes what was sealed for its namespace with this cluster's certificate; strict values belong to SealedSecret objects. Reseal it: latchkey seal --raw --scope namespace-wide --namespace ${namespace}.${wider}`;
}

function asAnswer(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  throw error;
}

function unasked(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'nobody asked for this', 'Please report this.');
}
