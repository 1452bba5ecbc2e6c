import type { Path } from '../../manifests/node-path.ts';
import type { ManifestObject } from '../../manifests/objects.ts';

/**
 * A file mode as kubectl reads it: `0400` without quotes is octal there, as in YAML 1.1. Undefined where none is written.
 *
 * @param value as YAML 1.2 reads it
 */
export function modeAt(object: ManifestObject, path: Path, value: unknown): number | undefined {
  if (typeof value !== 'number') return undefined;
  const written = object.sourceOf(path) ?? '';
  return /^0[0-7]+$/.test(written) ? Number.parseInt(written, 8) : value;
}
