import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { textOf } from '../../request/encoding.ts';
import { parseTemplate } from '../../templates/template.ts';
import { compileExpression } from './expression.ts';
import type { Rewrite } from './external-secret.ts';
import type { Values } from './keys.ts';
import { putOnce } from './keys.ts';
import { merge } from './merge.ts';
import { TRANSFORM_LIMITS } from './template-budget.ts';

/** What AWS has for a name is shorter; a step that makes longer keys is a mistake. */
const LONGEST_KEY = 2048;
/** Instructions of expressions, and characters of what replaces, times characters of keys: about half a second. */
const MOST_WORK = 30_000_000;

/** What becomes of one key, and how much work one character of it is. */
interface Renaming {
  readonly work: number;
  rename(key: string): string;
}

function byTemplate(template: string): Renaming {
  const compiled = parseTemplate(template, { name: 'transform' });
  const rename = (key: string): string => {
    const made = textOf(compiled.render(new Map([['value', key]]), { limits: TRANSFORM_LIMITS }));
    if (made !== undefined) return made;
    throw new LatchkeyError('LK-NAME', `${quoted(key)} becomes no text`, 'Correct the template.');
  };
  return { work: template.length, rename };
}

function byExpression({ source, target }: Extract<Rewrite, { kind: 'regexp' }>): Renaming {
  const expression = compileExpression(source);
  return { work: expression.size + target.length, rename: (key) => expression.replace(key, target) };
}

function tooMuch(): LatchkeyError {
  return new LatchkeyError(
    'LK-LIMIT',
    'there are too many keys, or too long ones, for these steps',
    'Find fewer, or make the steps simpler.',
  );
}

/**
 * `rewrite`: one step after the other over all keys. External Secrets Operator lets one of two values that get the same key
 * win by chance; here that is an error. Throws LatchkeyError.
 */
export function rewriteKeys(rewrites: readonly Rewrite[], values: Values): Values {
  let left = MOST_WORK;

  function renamed(from: Values, { work, rename }: Renaming): Values {
    for (const key of from.keys()) left -= key.length * work;
    if (left < 0) throw tooMuch();
    const made = new Map<string, Uint8Array>();
    for (const [key, value] of from) {
      const to = rename(key);
      if (to.length > LONGEST_KEY) throw tooMuch();
      putOnce(made, to, value);
    }
    return made;
  }

  return rewrites.reduce<Values>((from, step) => {
    if (step.kind === 'merge') return merge(step, from);
    return renamed(from, step.kind === 'regexp' ? byExpression(step) : byTemplate(step.template));
  }, values);
}
