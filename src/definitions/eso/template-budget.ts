import { LatchkeyError } from '../../errors.ts';
import { parseTemplate } from '../../templates/template.ts';
import type { TemplateSpec } from './external-secret.ts';
import type { Values } from './keys.ts';
import { renderedMap } from './rendered-map.ts';
import type { RenderedEntry } from './rendered-map.ts';

/** More templates than this in one Secret nobody wrote. */
export const MOST_TEMPLATES = 500;

// What all templates of a definition together may use; one alone may not use more than any template may.
const ALL_STEPS = 1_000_000;
const STEPS_OF_ONE = 100_000;
/** Of templates, and of what they render to: a Secret holds a quarter of it. */
const ALL_BYTES = 4 * 1024 * 1024;
/** What the YAML parser takes more than a moment for. */
const ALL_YAML = 256 * 1024;

/** A name is a short text, and there may be ten thousand of them. */
export const TRANSFORM_LIMITS = { steps: 500, outputBytes: 4096 } as const;

/** How many templates there are to render. */
export function templateCount({ sources, data, labels, annotations }: TemplateSpec): number {
  const items = sources.map((source) => (source.kind === 'literal' ? 1 : source.items.length));
  return items.reduce((sum, count) => sum + count, data.size + labels.size + annotations.size);
}

/** Renders the templates of one definition, which share what they may use. Throws LatchkeyError. */
export interface TemplateBudget {
  render(name: string, text: string): Uint8Array;
  /** A template of keys and values at once. */
  renderMap(name: string, text: string): readonly RenderedEntry[];
}

function tooMuch(message: string): LatchkeyError {
  return new LatchkeyError('LK-LIMIT', message, 'Make them smaller: a Secret holds 1 MiB in all.');
}

/** @param values what the templates are given */
export function createTemplateBudget(template: TemplateSpec, values: Values): TemplateBudget {
  const steps = Math.min(STEPS_OF_ONE, Math.floor(ALL_STEPS / Math.max(1, templateCount(template))));
  let bytes = ALL_BYTES;
  let yaml = ALL_YAML;

  function spend(size: number): void {
    bytes -= size;
    if (bytes < 0) throw tooMuch(`all templates together have more than ${ALL_BYTES / 1024} KiB`);
  }

  function render(name: string, text: string): Uint8Array {
    spend(text.length);
    const rendered = parseTemplate(text, { name }).render(values, { limits: { steps } });
    spend(rendered.length);
    return rendered;
  }

  function renderMap(name: string, text: string): readonly RenderedEntry[] {
    const rendered = render(name, text);
    yaml -= rendered.length;
    if (yaml >= 0) return renderedMap(rendered);
    throw tooMuch(`the templates render to more than ${ALL_YAML / 1024} KiB of YAML`);
  }

  return { render, renderMap };
}
