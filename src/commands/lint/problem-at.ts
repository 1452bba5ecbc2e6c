import type { Code, Problem } from '../../errors.ts';
import type { Finding } from '../../manifests/finding.ts';
import type { Path } from '../../manifests/node-path.ts';
import { type ManifestObject, titleOf } from '../../manifests/objects.ts';
import { printable } from '../../quote.ts';

/** What is wrong, without its place. */
export interface Wrong {
  readonly code: Code;
  /** In the user's words: `annotation latchkey.io/env.X`. */
  readonly place: string;
  readonly message: string;
  readonly remedy: string;
  readonly severity?: Finding['severity'];
}

/** A finding at a path of an object. */
export function findingAt(object: ManifestObject, path: Path, wrong: Wrong): Finding {
  const { severity = 'error', ...rest } = wrong;
  const problem: Problem = { ...rest, place: printable(wrong.place, 200), field: fieldOf(path) };
  return { file: object.file, line: object.lineOf(path), object: titleOf(object), severity, problem };
}

/** `spec.containers[0].env[2]`, `metadata.annotations[latchkey.dev/x]`. */
function fieldOf(path: Path): string {
  const text = path.map((step) => {
    if (typeof step === 'number') return `[${String(step)}]`;
    return /^[A-Za-z]+$/.test(step) ? `.${step}` : `[${step}]`;
  });
  return printable(text.join('').replace(/^\./, ''), 300);
}
