import { PREFIX, DEFAULT_FILE_MODE, DEFAULT_MOUNT_PATH } from '../../names.ts';
import { quoted } from '../../quote.ts';
import { formatReference } from '../../request/reference.ts';
import { formatTemplate } from '../../request/template.ts';
import { isReference, notConvertible, onlyReference } from '../definitions/meaning.ts';
import type { Difference } from '../differences.ts';
import type { Added } from '../edit/edit.ts';
import { blockPair } from '../edit/lines.ts';
import { type Accepted, mostFrequent, type Rejections } from './accepted.ts';
import type { Existing } from './existing.ts';
import type { FileWish } from './wishes.ts';

export interface PlacedFiles {
  /** `mount-path` and `file-mode`. */
  readonly settings: readonly Added[];
  readonly annotations: readonly Added[];
  readonly results: ReadonlyMap<Accepted, readonly string[]>;
  /** What is different because of the place that files got. */
  readonly differences: ReadonlyMap<Accepted, readonly Difference[]>;
}

function volumesOf(all: readonly Accepted[]): readonly Accepted[] {
  return all.filter(({ use }) => use.kind === 'volume');
}

/** The directories that a volume is mounted at as a whole, those first whose files have no names yet. */
function directoriesOf({ wishes }: Accepted): readonly string[] {
  return [
    ...wishes.directories.map(({ directory }) => directory),
    ...wishes.files.flatMap(({ directory }) => directory ?? []),
  ];
}

/** Whether the pod already has files below the mount path, so that it cannot move. */
function hasFilesBelow({ annotations, plan }: Existing): boolean {
  if (annotations.has('mount-path')) return true;
  const items = plan?.items ?? [];
  return (
    items.some(({ slot }) => slot.kind === 'file' && !slot.path.startsWith('/')) ||
    (plan?.bulks ?? []).some(({ kind }) => kind === 'file')
  );
}

/** The one directory that is mounted as a whole: where names are not known, else the first. */
function chooseDirectory(volumes: readonly Accepted[], existing: Existing): string | undefined {
  if (hasFilesBelow(existing)) return existing.plan?.mountPath ?? DEFAULT_MOUNT_PATH;
  const unnamed = volumes.flatMap(({ wishes }) => wishes.directories.map(({ directory }) => directory));
  return unnamed[0] ?? volumes.flatMap(directoriesOf)[0];
}

function rejectOtherDirectories(
  volumes: readonly Accepted[],
  directory: string | undefined,
  rejected: Rejections,
): void {
  for (const volume of volumes) {
    const other = volume.wishes.directories.find((each) => each.directory !== directory);
    if (other === undefined) continue;
    rejected.set(
      volume,
      notConvertible(
        `only AWS knows its files, and ${quoted(directory ?? '')} is the mount path already`,
        'A pod has one directory of such files; list the others in the definition by their names.',
      ),
    );
  }
}

/** The mode of all files that cannot say their own: those of a template, and those without names. */
function commonModes({ wishes }: Accepted): readonly number[] {
  return [
    ...wishes.directories.map(({ mode }) => mode),
    ...wishes.files.flatMap(({ mode, meaning }) => (onlyReference(meaning) === undefined ? [mode] : [])),
  ];
}

function chooseMode(volumes: readonly Accepted[], existing: Existing, rejected: Rejections): number {
  const { plan, annotations } = existing;
  const hasFiles =
    plan?.items.some(({ slot }) => slot.kind === 'file') === true ||
    plan?.bulks.some(({ kind }) => kind === 'file') === true;
  const fixed = annotations.has('file-mode') || hasFiles ? plan?.fileMode : undefined;
  const bound = volumes.flatMap(commonModes).map(String);
  const free = volumes.flatMap(({ wishes }) => wishes.files.map(({ mode }) => String(mode)));
  const chosen = fixed ?? Number(mostFrequent(bound) ?? mostFrequent(free) ?? DEFAULT_FILE_MODE);
  for (const volume of volumes) {
    if (commonModes(volume).every((mode) => mode === chosen)) continue;
    rejected.set(
      volume,
      notConvertible(
        `its files need another mode than ${octal(chosen)}, and a file that is put together has no mode of its own`,
        'Give all files of the pod one mode.',
      ),
    );
  }
  return chosen;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** Where a file is, as annotations say it: below the mount path, or exactly there. */
function nameOf({ path, directory }: FileWish, mountPath: string | undefined): string {
  const below = directory !== undefined && directory === mountPath;
  return below ? path.slice(mountPath === '/' ? 1 : mountPath.length + 1) : path;
}

function valueOf({ meaning, mode }: FileWish, common: number): string {
  const only = onlyReference(meaning);
  if (!meaning.content.some(isReference))
    throw notConvertible('the file is a constant of the template', 'Put it into a ConfigMap.');
  return only === undefined || mode === common
    ? formatTemplate(meaning.content)
    : formatReference({ ...only, mode });
}

/** What Kubernetes takes for the name of an annotation, `file.` before it. */
const OWN_ANNOTATION = /^[A-Za-z0-9._-]{0,57}[A-Za-z0-9]$/;

interface Line {
  readonly name: string;
  readonly value: string;
}

interface Collected {
  readonly own: Added[];
  readonly lines: Line[];
  readonly from: string[];
}

/** Puts every file into an annotation; what goes nowhere is rejected. */
export function placeFiles(all: readonly Accepted[], existing: Existing, rejected: Rejections): PlacedFiles {
  const volumes = volumesOf(all);
  const directory = chooseDirectory(volumes, existing);
  rejectOtherDirectories(volumes, directory, rejected);
  const mode = chooseMode(volumes, existing, rejected);
  const into: Collected = { own: [], lines: [], from: [] };
  const results = new Map<Accepted, readonly string[]>();
  const differences = new Map<Accepted, readonly Difference[]>();
  for (const volume of volumes) {
    if (rejected.has(volume)) continue;
    try {
      results.set(volume, placeVolume(volume, { directory, mode }, into));
    } catch (error) {
      rejected.set(volume, notConvertible(error instanceof Error ? error.message : ''));
    }
    const beside = volume.wishes.files.some(
      (file) => file.directory !== undefined && file.directory !== directory,
    );
    if (beside) differences.set(volume, ['beside']);
  }
  return {
    settings: settingsOf(volumes, { directory, mode }, existing),
    annotations: made(into, existing),
    results,
    differences,
  };
}

interface Common {
  readonly directory: string | undefined;
  readonly mode: number;
}

function placeVolume(
  { use, wishes, mounted }: Accepted,
  { directory, mode }: Common,
  into: Collected,
): readonly string[] {
  const lines = wishes.files.map((file) => ({ name: nameOf(file, directory), value: valueOf(file, mode) }));
  const from = wishes.directories.map(({ members }) => formatReference(members.reference));
  const commentsOf = [use.path, ...(mounted?.paths ?? [])];
  for (const [index, line] of lines.entries()) {
    const comments = index === 0 ? { commentsOf } : {};
    if (OWN_ANNOTATION.test(line.name))
      into.own.push({ key: `${PREFIX}file.${line.name}`, text: line.value, ...comments });
    else into.lines.push(line);
  }
  into.from.push(...from);
  return [
    ...lines.map(({ name, value }) => `file ${name}: ${value}`),
    ...from.map((reference) => `${PREFIX}files-from: ${reference}`),
  ];
}

/** Behind what the annotation says already; always as a block, which is easier to read and to add to. */
function appended(existing: Existing, name: string, lines: readonly string[]): readonly Added[] {
  if (lines.length === 0) return [];
  const before = existing.annotations.get(name)?.trimEnd();
  return [
    { key: PREFIX + name, text: `${[...(before === undefined ? [] : [before]), ...lines].join('\n')}\n` },
  ];
}

function made({ own, lines, from }: Collected, existing: Existing): readonly Added[] {
  return [
    ...own,
    ...appended(
      existing,
      'files',
      lines.map(({ name, value }) => blockPair(name, value)),
    ),
    ...appended(existing, 'files-from', from),
  ];
}

function settingsOf(
  volumes: readonly Accepted[],
  { directory, mode }: Common,
  existing: Existing,
): readonly Added[] {
  if (volumes.length === 0) return [];
  const { annotations } = existing;
  const mountPath = existing.plan?.mountPath ?? DEFAULT_MOUNT_PATH;
  const below = volumes.some((volume) => directoriesOf(volume).some((each) => each === directory));
  const fileMode = existing.plan?.fileMode ?? DEFAULT_FILE_MODE;
  return [
    ...(below && directory !== undefined && directory !== mountPath && !annotations.has('mount-path')
      ? [{ key: `${PREFIX}mount-path`, text: directory }]
      : []),
    ...(mode !== fileMode && !annotations.has('file-mode')
      ? [{ key: `${PREFIX}file-mode`, text: octal(mode) }]
      : []),
  ];
}
