import type { Writable } from 'node:stream';

import { UsageError } from '../../config/usage-error.ts';
import { LatchkeyError } from '../../errors.ts';
import { readDocuments } from '../../manifests/documents.ts';
import type { Path } from '../../manifests/node-path.ts';
import { type ManifestObject, objectsOf, titleOf } from '../../manifests/objects.ts';
import { manifestFiles } from '../../manifests/read-manifests.ts';
import { setTexts, type TextEdit } from '../../manifests/set-texts.ts';
import { printable } from '../../quote.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from '../command.ts';
import { describeFindings, faultFindings, hasErrors } from './faults-found.ts';
import { readForReplacing, type ReplacedFile } from './replaced-file.ts';
import { type RenewedObject, renewReferences, withRenewed } from './renewed-references.ts';
import { type SealAnew, sealerAnew } from './sealed-anew.ts';
import {
  isSealedSecret,
  readSealedObject,
  SEALED_SECRET,
  type SealedObject,
  sealedObjectFaults,
} from './sealed-object.ts';
import { maySealReferences, sealedReferencesOf } from './sealed-references.ts';
import type { Sources } from './sources.ts';

interface Tally {
  anew: number;
  already: number;
  failed: number;
}

/** Of SealedSecrets, and of what has `sealed:` references. */
type Tallies = Readonly<Record<'SealedSecrets' | 'references', Tally>>;

export interface ReEncryptOptions {
  readonly names: readonly string[];
  /** Of objects that name none. */
  readonly namespace: string | undefined;
  readonly sources: Sources;
}

/**
 * `seal re-encrypt DIR…`: every sealed value of a tree anew, in place: in SealedSecrets and in references. An object of which
 * one value does not open stays whole as it is, and the others go on; each file is written whole or not at all.
 */
export async function reEncrypt(options: ReEncryptOptions, context: CommandContext): Promise<number> {
  if (options.names.length === 0) throw new UsageError(['seal re-encrypt needs a directory or a file']);
  const files = await manifestFiles(options.names);
  const sealAnew = await sealerAnew(options.sources);
  const tallies: Tallies = { SealedSecrets: newTally(), references: newTally() };
  for (const [index, name] of files.entries()) {
    if (context.signal.aborted) break;
    const file = await readForReplacing(name);
    // Of a chart's templates, few are YAML; those that seal nothing need not be.
    if (!file.text.includes(SEALED_SECRET) && !maySealReferences(file.text)) continue;
    context.stderr.write(`[${String(index + 1)}/${String(files.length)}] ${printable(name, 300)}\n`);
    await reEncryptFile(file, { ...options, sealAnew, tallies, stderr: context.stderr });
  }
  context.stderr.write(summary(tallies, context.signal.aborted));
  const failed = Object.values(tallies).some((tally) => tally.failed > 0);
  return failed || context.signal.aborted ? EXIT_FINDINGS : EXIT_FINE;
}

function newTally(): Tally {
  return { anew: 0, already: 0, failed: 0 };
}

interface Work {
  readonly namespace: string | undefined;
  readonly sealAnew: SealAnew;
  readonly tallies: Tallies;
  readonly stderr: Writable;
}

async function reEncryptFile(file: ReplacedFile, work: Work): Promise<void> {
  const { documents, findings } = readDocuments(file.text, file.name);
  if (findings.length > 0) return fail(work, 'SealedSecrets', describeFindings(findings));
  const edits: TextEdit[] = [];
  const referring: RenewedObject[] = [];
  for (const object of documents.flatMap(objectsOf)) {
    if (isSealedSecret(object)) {
      const anew = (await valuesAnew(readSealedObject(object, work.namespace), work)) ?? new Map();
      for (const [key, value] of anew)
        edits.push({ document: object.document, path: [...object.at, 'spec', 'encryptedData', key], value });
    } else {
      const renewed = await referencesAnew(object, work);
      if (renewed !== undefined) referring.push(renewed);
    }
  }
  if (edits.length === 0 && referring.length === 0) return;
  await file.replace(withRenewed(setTexts(file.text, edits), referring));
}

/** undefined where it was told what is wrong. */
async function valuesAnew(
  sealed: SealedObject,
  work: Work,
): Promise<ReadonlyMap<string, string> | undefined> {
  const faults = sealedObjectFaults(sealed);
  const findings = faultFindings(sealed.object, faults);
  if (hasErrors(findings)) return fail(work, 'SealedSecrets', describeFindings(findings));
  return await attempt(work, 'SealedSecrets', {
    object: sealed.object,
    path: ['spec', 'encryptedData'],
    renew: async () => await work.sealAnew(sealed),
  });
}

/** undefined where nothing changes. */
async function referencesAnew(object: ManifestObject, work: Work): Promise<RenewedObject | undefined> {
  const texts = sealedReferencesOf(object);
  const [first] = texts;
  if (first === undefined) return undefined;
  const renewed = await attempt(work, 'references', {
    object,
    path: first.path,
    renew: async () => await renewReferences(object, texts, work),
  });
  return renewed === undefined || renewed.size === 0 ? undefined : { object, texts, renewed };
}

interface Attempt {
  readonly object: ManifestObject;
  /** Where it is said that something does not open. */
  readonly path: Path;
  renew(): Promise<ReadonlyMap<string, string>>;
}

/** Counts what became of it, and tells. */
async function attempt(
  work: Work,
  what: keyof Tallies,
  { object, path, renew }: Attempt,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const anew = await renew();
    if (anew.size === 0) work.tallies[what].already += 1;
    else work.tallies[what].anew += 1;
    const told = anew.size === 0 ? 'sealed with the newest key' : `${String(anew.size)} sealed anew`;
    work.stderr.write(`  ${titleOf(object)}: ${told}\n`);
    return anew;
  } catch (error) {
    if (!(error instanceof LatchkeyError) || error.code !== 'LK-SEALED') throw error;
    const { code, message, remedy } = error;
    return fail(work, what, describeFindings(faultFindings(object, [{ path, code, message, remedy }])));
  }
}

function fail({ tallies, stderr }: Work, what: keyof Tallies, text: string): undefined {
  tallies[what].failed += 1;
  stderr.write(text);
  return undefined;
}

function summary({ SealedSecrets, references }: Tallies, stopped: boolean): string {
  const told = references.anew + references.already + references.failed > 0;
  const lines = [
    `SealedSecrets: ${counts(SealedSecrets)}`,
    ...(told ? [`objects with sealed references: ${counts(references)}`] : []),
  ];
  return lines.map((line) => `latchkey: ${line}${stopped ? '; stopped before the end' : ''}\n`).join('');
}

function counts({ anew, already, failed }: Tally): string {
  const parts = [`${String(anew)} sealed anew`, `${String(already)} already with the newest key`];
  return [...parts, `${String(failed)} left as they are`].join(', ');
}
