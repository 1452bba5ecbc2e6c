import type { Writable } from 'node:stream';

import { UsageError } from '../../config/usage-error.ts';
import { LatchkeyError } from '../../errors.ts';
import { readDocuments } from '../../manifests/documents.ts';
import { objectsOf, titleOf } from '../../manifests/objects.ts';
import { manifestFiles } from '../../manifests/read-manifests.ts';
import { setTexts, type TextEdit } from '../../manifests/set-texts.ts';
import { printable } from '../../quote.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from '../command.ts';
import { describeFindings, faultFindings, hasErrors } from './faults-found.ts';
import { readForReplacing, type ReplacedFile } from './replaced-file.ts';
import { type SealAnew, sealerAnew } from './sealed-anew.ts';
import {
  isSealedSecret,
  readSealedObject,
  SEALED_SECRET,
  type SealedObject,
  sealedObjectFaults,
} from './sealed-object.ts';
import type { Sources } from './sources.ts';

interface Tally {
  anew: number;
  already: number;
  failed: number;
}

export interface ReEncryptOptions {
  readonly names: readonly string[];
  /** Of SealedSecrets that name none. */
  readonly namespace: string | undefined;
  readonly sources: Sources;
}

/**
 * `seal re-encrypt DIR…`: every sealed value of a tree anew, in place. A SealedSecret of which one value does not open stays
 * whole as it is, and the others go on; each file is written whole or not at all.
 */
export async function reEncrypt(options: ReEncryptOptions, context: CommandContext): Promise<number> {
  if (options.names.length === 0) throw new UsageError(['seal re-encrypt needs a directory or a file']);
  const files = await manifestFiles(options.names);
  const sealAnew = await sealerAnew(options.sources);
  const tally: Tally = { anew: 0, already: 0, failed: 0 };
  for (const [index, name] of files.entries()) {
    if (context.signal.aborted) break;
    const file = await readForReplacing(name);
    // Of a chart's templates, few are YAML; those that seal nothing need not be.
    if (!file.text.includes(SEALED_SECRET)) continue;
    context.stderr.write(`[${String(index + 1)}/${String(files.length)}] ${printable(name, 300)}\n`);
    await reEncryptFile(file, { ...options, sealAnew, tally, stderr: context.stderr });
  }
  context.stderr.write(summary(tally, context.signal.aborted));
  return tally.failed > 0 || context.signal.aborted ? EXIT_FINDINGS : EXIT_FINE;
}

interface Work {
  readonly namespace: string | undefined;
  readonly sealAnew: SealAnew;
  readonly tally: Tally;
  readonly stderr: Writable;
}

async function reEncryptFile(file: ReplacedFile, work: Work): Promise<void> {
  const { documents, findings } = readDocuments(file.text, file.name);
  if (findings.length > 0) return fail(work, describeFindings(findings));
  const edits: TextEdit[] = [];
  for (const object of documents.flatMap(objectsOf).filter(isSealedSecret)) {
    const sealed = readSealedObject(object, work.namespace);
    const anew = await valuesAnew(sealed, work);
    if (anew === undefined) continue;
    if (anew.size === 0) work.tally.already += 1;
    else work.tally.anew += 1;
    const what = anew.size === 0 ? 'sealed with the newest key' : `${String(anew.size)} sealed anew`;
    work.stderr.write(`  ${titleOf(object)}: ${what}\n`);
    for (const [key, value] of anew)
      edits.push({ document: object.document, path: [...object.at, 'spec', 'encryptedData', key], value });
  }
  if (edits.length > 0) await file.replace(setTexts(file.text, edits));
}

/** undefined where it was told what is wrong. */
async function valuesAnew(
  sealed: SealedObject,
  work: Work,
): Promise<ReadonlyMap<string, string> | undefined> {
  const faults = sealedObjectFaults(sealed);
  const findings = faultFindings(sealed.object, faults);
  if (hasErrors(findings)) return fail(work, describeFindings(findings));
  try {
    return await work.sealAnew(sealed);
  } catch (error) {
    if (!(error instanceof LatchkeyError) || error.code !== 'LK-SEALED') throw error;
    const { code, message, remedy } = error;
    const path = ['spec', 'encryptedData'];
    return fail(work, describeFindings(faultFindings(sealed.object, [{ path, code, message, remedy }])));
  }
}

function fail({ tally, stderr }: Work, text: string): undefined {
  tally.failed += 1;
  stderr.write(text);
  return undefined;
}

function summary({ anew, already, failed }: Tally, stopped: boolean): string {
  const parts = [`${String(anew)} sealed anew`, `${String(already)} already with the newest key`];
  const text = [...parts, `${String(failed)} left as they are`].join(', ');
  return `latchkey: SealedSecrets: ${text}${stopped ? '; stopped before the end' : ''}\n`;
}
