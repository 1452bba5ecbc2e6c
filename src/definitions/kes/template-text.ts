import { LatchkeyError } from '../../errors.ts';
import { textOf } from '../../request/encoding.ts';
import type { SecretValue } from '../../secret-value.ts';
import { parseLodashTemplate } from '../../templates/lodash/lodash-template.ts';
import type { Limits } from '../../templates/limits.ts';
import type { LodashOptions, LodashTemplate } from '../../templates/lodash/lodash-template.ts';

/** A text of a template, read. */
export interface KesText {
  /**
   * The text that it becomes. KES reads every value as ASCII, which mangles all other characters; here a template gets the
   * text that is stored.
   * @throws LatchkeyError LK-TEMPLATE; LK-ENCODING where it depends on a value that is no text
   */
  fill(data: TemplateValues, limits: Partial<Limits>): FilledText;
}

export interface FilledText {
  readonly text: string;
  /** KES would have written something else. */
  readonly mangled: boolean;
  /** An expression has no value and is written as nothing, as in KES: mostly a key that was not fetched. */
  readonly gap: boolean;
}

/** The values of a Secret as templates see them. */
export interface TemplateValues {
  /** As stored; '' for what is no text. */
  readonly texts: ReadonlyMap<string, string>;
  /** As KES sees them. */
  readonly original: ReadonlyMap<string, string>;
  /** As stored, and what is no text as KES sees it; the same map as `texts` where all are texts. */
  readonly probe: ReadonlyMap<string, string>;
  /** Every value is ASCII, so that KES sees what is stored. */
  readonly plain: boolean;
}

/** The values that templates are filled in with; decoded once for all of them. */
export function templateValues(data: ReadonlyMap<string, SecretValue>): TemplateValues {
  const texts = new Map<string, string>();
  const original = new Map<string, string>();
  const probe = new Map<string, string>();
  for (const [key, value] of data) {
    const bytes = Buffer.from(value.reveal());
    const text = textOf(bytes);
    const ascii = bytes.toString('ascii');
    texts.set(key, text ?? '');
    original.set(key, ascii);
    probe.set(key, text ?? ascii);
  }
  const plain = [...texts].every(([key, text]) => original.get(key) === text);
  return { texts, original, probe, plain };
}

/** What a template gives, or undefined where it fails. */
function rendered(
  template: LodashTemplate,
  data: ReadonlyMap<string, string>,
  options: LodashOptions,
): string | undefined {
  try {
    return template.render(data, options);
  } catch (error) {
    if (error instanceof LatchkeyError) return undefined;
    throw error;
  }
}

/**
 * Reads a text of a template.
 * @param name what messages call it
 * @throws LatchkeyError LK-TEMPLATE
 */
export function readKesText(text: string, name: string): KesText {
  const template = parseLodashTemplate(text, { name });
  return {
    fill({ texts, original, probe, plain }, limits) {
      const whole = rendered(template, texts, { limits, noValue: 'refuse' });
      const filled = { text: whole ?? template.render(texts, { limits }), gap: whole === undefined };
      if (plain || rendered(template, original, { limits }) === filled.text)
        return { ...filled, mangled: false };
      // Whether it depends on bytes that are no text shows when they are exchanged for others.
      if (rendered(template, probe, { limits }) !== filled.text) throw noText();
      return { ...filled, mangled: true };
    },
  };
}

function noText(): LatchkeyError {
  return new LatchkeyError(
    'LK-ENCODING',
    'the template uses a value that is not UTF-8 text',
    'Deliver such a value as a key of its own, or store it as base64 text.',
  );
}
