import type { Problem } from '../errors.ts';
import { printable, quoted } from '../quote.ts';
import type { Address, Place } from '../request/plan.ts';
import type { Readings } from './canonical.ts';
import { anyGlobMatches, type Glob } from './glob.ts';
import type { Narrowing } from './narrowing.ts';

/** One layer that limits which names may be read. */
export interface NameLayer {
  readonly globs: readonly Glob[];
  /** In the middle of a sentence: `the operator's policy file for the namespace "shop"`. */
  readonly who: string;
  /** What to do about a pattern that is missing. */
  readonly remedy: (pattern: string) => string;
  /** Why the layer cannot be read; then it permits nothing. */
  readonly unreadable?: string;
}

export function operatorLayer(globs: readonly Glob[], namespace: string): NameLayer {
  return {
    globs,
    who: `the operator's policy file for the namespace ${quoted(namespace)}`,
    remedy: (pattern) => `Ask the operator for a rule whose names include ${quoted(pattern, 200)}.`,
  };
}

export function narrowingLayer(narrowing: Narrowing): NameLayer {
  return {
    globs: narrowing.globs,
    who: `the annotation ${narrowing.annotation} of the ${narrowing.owner}`,
    remedy: (pattern) => `Add ${quoted(pattern, 200)}, or a wider pattern, to that annotation.`,
    ...(narrowing.unreadable === undefined ? {} : { unreadable: narrowing.unreadable }),
  };
}

/** One name to check. */
export interface Asked {
  readonly readings: Readings;
  /**
   * `definite`: nothing is checked later, so every reading, and everything below a path, must be permitted now.
   * `checked-later`: what the store returns is checked again, so one permitted reading is enough to ask.
   */
  readonly certainty: 'definite' | 'checked-later';
  readonly below?: Address['below'];
  readonly place: Place;
  /** As written or as returned, for the message. */
  readonly text: string;
}

/** The problem that the first layer makes of a name that it does not permit. */
export function nameProblem(layers: readonly NameLayer[], asked: Asked): Problem | undefined {
  for (const layer of layers) {
    const refused = asked.readings.filter(
      (subjects) => !subjects.some((subject) => permits(layer, subject, asked)),
    );
    const [first] = asked.certainty === 'definite' || refused.length === asked.readings.length ? refused : [];
    if (first !== undefined) return refusal(layer, shortest(first), asked);
  }
  return undefined;
}

function permits(layer: NameLayer, subject: string, asked: Asked): boolean {
  if (asked.below === undefined || asked.certainty === 'checked-later')
    return anyGlobMatches(layer.globs, subject);
  // A pattern that ends in a wildcard and speaks of the path itself speaks of everything that the wildcard can be.
  const covering = layer.globs.filter(
    ({ text }) => text.endsWith('**') || (asked.below === 'one-level' && text.endsWith('*')),
  );
  return anyGlobMatches(covering, subject);
}

function refusal(layer: NameLayer, subject: string, asked: Asked): Problem {
  const base = { code: 'LK-POLICY', place: asked.place.label, field: asked.place.field } as const;
  if (layer.unreadable !== undefined) {
    return {
      ...base,
      message: `${layer.who} cannot be read: ${layer.unreadable}`,
      remedy: 'Correct that annotation.',
    };
  }
  const pattern =
    asked.below === undefined ? subject : `${subject}${asked.below === 'one-level' ? '*' : '**'}`;
  return {
    ...base,
    reference: printable(asked.text),
    message: `${quoted(pattern, 200)} is not permitted by ${layer.who}`,
    remedy: layer.remedy(pattern),
  };
}

/** Names are shorter than ARNs, and what people write. */
function shortest(subjects: readonly [string, ...string[]]): string {
  return subjects.reduce((best, subject) => (subject.length < best.length ? subject : best));
}
