import type { Item } from '../request/plan.ts';

/**
 * The names of files with an absolute path inside the volume `latchkey-paths`: each is mounted alone, by `subPath`, and a
 * path may have characters that a volume's file name can't. The names depend on the plan alone, so the webhook, the
 * init container and a second review agree on them.
 *
 * @returns absolute path to `0`, `1`, … in the order of the paths
 */
export function pathNames(items: readonly Item[]): ReadonlyMap<string, string> {
  const paths = items.flatMap(({ slot }) =>
    slot.kind === 'file' && isAbsolute(slot.path) ? [slot.path] : [],
  );
  return new Map([...new Set(paths)].sort().map((path, index) => [path, String(index)]));
}

/** Whether a file is mounted alone, exactly at its path, and not below the mount path. */
export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}
