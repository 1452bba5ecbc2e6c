import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { textOf } from '../../request/encoding.ts';
import type { Rewrite } from './external-secret.ts';
import { compileExpression } from './expression.ts';
import type { Values } from './keys.ts';
import { putOnce } from './keys.ts';
import { merge } from './merge.ts';
import { compileTemplate } from './template-engine.ts';

/** What becomes of one key. */
type Rename = (key: string) => string;

function transform(template: string): Rename {
  const compiled = compileTemplate('transform', template);
  return (key) => {
    const made = textOf(compiled.render(new Map([['value', Buffer.from(key)]])));
    if (made !== undefined) return made;
    throw new LatchkeyError('LK-NAME', `${quoted(key)} becomes no text`, 'Correct the template.');
  };
}

function renamed(values: Values, rename: Rename): Values {
  const made = new Map<string, Uint8Array>();
  for (const [key, value] of values) putOnce(made, rename(key), value);
  return made;
}

function step(values: Values, rewrite: Rewrite): Values {
  if (rewrite.kind === 'merge') return merge(rewrite, values);
  if (rewrite.kind === 'transform') return renamed(values, transform(rewrite.template));
  const expression = compileExpression(rewrite.source);
  return renamed(values, (key) => expression.replaceAll(key, rewrite.target));
}

/**
 * `rewrite`: one step after the other over all keys. External Secrets Operator lets one of two values that get the same key
 * win by chance; here that is an error. Throws LatchkeyError.
 */
export function rewriteKeys(rewrites: readonly Rewrite[], values: Values): Values {
  return rewrites.reduce(step, values);
}
