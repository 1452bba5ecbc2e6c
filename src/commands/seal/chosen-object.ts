import { UsageError } from '../../config/usage-error.ts';
import { readDocuments } from '../../manifests/documents.ts';
import { objectsOf, titleOf } from '../../manifests/objects.ts';
import { quoted } from '../../quote.ts';
import { describeFindings, faultFindings, hasErrors } from './faults-found.ts';
import type { ReplacedFile } from './replaced-file.ts';
import { isSealedSecret, readSealedObject, type SealedObject, sealedObjectFaults } from './sealed-object.ts';

export interface Choice {
  /** Of several: the one of this name. */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

/**
 * The one SealedSecret of a file that values are put into.
 *
 * @throws UsageError where there is none, or more than one fits, or where it is not as it should be
 */
export function chosenObject(file: ReplacedFile, { name, namespace }: Choice): SealedObject {
  const { documents, findings } = readDocuments(file.text, file.name);
  if (findings.length > 0) throw new UsageError([describeFindings(findings).trimEnd()]);
  const all = documents.flatMap(objectsOf).filter(isSealedSecret);
  const fitting = all.filter(
    (object) =>
      (name === undefined || object.name === name) &&
      (namespace === undefined || (object.namespace ?? namespace) === namespace),
  );
  const [object] = fitting;
  if (object === undefined || fitting.length > 1)
    throw new UsageError([`${quoted(file.name, 300)} ${notOne(all.map(titleOf), fitting.length)}`]);
  const sealed = readSealedObject(object, namespace);
  const faults = faultFindings(
    object,
    sealedObjectFaults(sealed).filter(({ path }) => path.length !== 1),
  );
  if (hasErrors(faults)) throw new UsageError([describeFindings(faults).trimEnd()]);
  return sealed;
}

function notOne(titles: readonly string[], fitting: number): string {
  if (titles.length === 0) return 'holds no SealedSecret';
  const which = fitting === 0 ? 'holds no such one' : 'holds several';
  return `${which}: ${titles.slice(0, 10).join(', ')}; choose with --name and --namespace`;
}
