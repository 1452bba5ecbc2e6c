import type { Problem } from '../errors.ts';
import { PREFIX } from '../names.ts';
import { printable } from '../quote.ts';
import type { Path } from './node-path.ts';
import { type Json, recordAt } from './objects.ts';
import type { PodTemplate } from './pod-templates.ts';

/**
 * The path, inside a pod, of a problem's field: `metadata.annotations[latchkey.dev/env.X]` or
 * `spec.containers[0].env[2].value`. Keys in fields are printable forms, so the real key is looked up in the pod.
 */
export function pathOfField(field: string, pod: Json): Path {
  const keyed = /^metadata\.(annotations|labels)\[(.*)\]$/s.exec(field);
  if (keyed !== null) {
    const [, map = '', shown = ''] = keyed;
    const keys = Object.keys(recordAt(recordAt(pod, 'metadata'), map));
    return [
      'metadata',
      map,
      keys.find((key) => PREFIX + printable(key.slice(PREFIX.length)) === shown) ?? shown,
    ];
  }
  return [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

/** The line of a problem inside a pod template: of the annotation or variable, and in a block of many, of the entry. */
export function lineOfField(template: PodTemplate, problem: Problem): number {
  const inner = pathOfField(problem.field, template.value);
  const path = [...template.path, ...inner];
  const line = template.object.lineOf(path);
  const entry = problem.place.replace(/^(?:env|file) /, '');
  const source = template.object.sourceOf(path);
  // Only in a literal block does a line of the file stand for a line of the text.
  if (source === undefined || !/^[|>]/.test(source)) return line;
  const offset = source
    .split('\n')
    .findIndex((text, index) => index > 0 && speaksOf(text.trim(), entry, problem.reference));
  return offset === -1 ? line : line + offset;
}

function speaksOf(line: string, entry: string, reference: string | undefined): boolean {
  const unquoted = line.replace(/^["']/, '');
  return (
    unquoted.startsWith(`${entry}:`) ||
    unquoted.startsWith(`${entry}":`) ||
    (reference !== undefined && line === reference)
  );
}
