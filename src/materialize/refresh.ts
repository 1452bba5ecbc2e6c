import { recordAt, textAt } from '../manifests/objects.ts';

/** How often a definition is to be carried out beside whenever it changes. */
export type Refresh =
  | { readonly kind: 'every'; readonly ms: number }
  /** As often as those that do not say. */
  | { readonly kind: 'default' }
  | { readonly kind: 'on-change' }
  /** Not at all, once its Secret is there. */
  | { readonly kind: 'once' };

/** Whoever writes a definition does not decide how busy AWS and the API server are. */
export const SHORTEST_MS = 10_000;
const LONGEST_MS = 30 * 86_400_000;

/** What `refreshPolicy` and `refreshInterval` of an ESO definition say; what it does not take is not said. */
export function refreshOf(definition: unknown): Refresh {
  const spec = recordAt(definition, 'spec');
  const policy = textAt(spec, 'refreshPolicy');
  if (policy === 'CreatedOnce') return { kind: 'once' };
  if (policy === 'OnChange') return { kind: 'on-change' };
  const ms = goDuration(textAt(spec, 'refreshInterval') ?? '');
  if (ms === undefined) return { kind: 'default' };
  // As with External Secrets Operator, nothing and less than nothing is never again.
  if (ms <= 0) return { kind: 'on-change' };
  return { kind: 'every', ms: Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS) };
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d{1,12}(?:\.\d{0,12})?)(ns|us|µs|ms|s|m|h)/y;

/** As Go's `time.ParseDuration`: `1h30m`, `90s`, `0`. Milliseconds; undefined for what is none. */
function goDuration(text: string): number | undefined {
  if (text.length > 64) return undefined;
  const [, sign = '', parts = ''] = /^([+-]?)(.+)$/.exec(text) ?? [];
  if (parts === '0') return 0;
  let sum = 0;
  PART.lastIndex = 0;
  for (let end = 0; end < parts.length; end = PART.lastIndex) {
    const found = PART.exec(parts);
    if (found === null) return undefined;
    sum += Number(found[1]) * (UNITS[found[2] ?? ''] ?? 0);
  }
  if (parts === '') return undefined;
  return sign === '-' ? -sum : sum;
}
