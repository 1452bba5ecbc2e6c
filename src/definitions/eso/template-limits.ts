import type { TemplateSpec } from './external-secret.ts';

/** More templates than this in one Secret nobody wrote. */
export const MOST_TEMPLATES = 500;

/** What all templates of a definition together may use; one alone may not use more than any template may. */
const ALL_STEPS = 1_000_000;
const STEPS_OF_ONE = 100_000;

/** How many templates there are to render. */
export function templateCount({ sources, data, labels, annotations }: TemplateSpec): number {
  const items = sources.map((source) => (source.kind === 'literal' ? 1 : source.items.length));
  return items.reduce((sum, count) => sum + count, data.size + labels.size + annotations.size);
}

/** The steps that each template may take. */
export function stepsFor(template: TemplateSpec): number {
  return Math.min(STEPS_OF_ONE, Math.floor(ALL_STEPS / Math.max(1, templateCount(template))));
}

/** A name is a short text, and there may be ten thousand of them. */
export const TRANSFORM_LIMITS = { steps: 500, outputBytes: 4096 } as const;
