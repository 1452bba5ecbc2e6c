import { type LineCounter, parseDocument } from 'yaml';

/**
 * One YAML document whose scalars all stay the text that was written: `1.0`, `0755`, `no` and `null` are no numbers or
 * booleans. Errors and warnings are left in it: their words repeat the text, so no caller may show them.
 *
 * @returns undefined where the parser gives up, nested too deeply for its stack
 */
export function parseFailsafe(
  text: string,
  lineCounter: LineCounter,
): ReturnType<typeof parseDocument> | undefined {
  try {
    return parseDocument(text, {
      schema: 'failsafe',
      // Looks at all earlier keys for each key; callers find what stands twice in one pass.
      uniqueKeys: false,
      prettyErrors: false,
      // 'silent' would let a second document pass unseen.
      logLevel: 'error',
      lineCounter,
    });
  } catch {
    return undefined;
  }
}
