import type { FlagValues } from '../../config/flags.ts';
import { UsageError } from '../../config/usage-error.ts';
import { titleOf } from '../../manifests/objects.ts';
import { setTexts, type TextEdit } from '../../manifests/set-texts.ts';
import { printable, quoted } from '../../quote.ts';
import { labelOf } from '../../sealed/scope.ts';
import { sealValue } from '../../sealed/seal-value.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from '../command.ts';
import { sealingCertificate } from './certificate-source.ts';
import { chosenObject } from './chosen-object.ts';
import { describeFindings, hasErrors } from './faults-found.ts';
import { readForReplacing } from './replaced-file.ts';
import { readSecrets } from './seal-manifests.ts';
import type { SealedObject } from './sealed-object.ts';
import type { SecretToSeal } from './read-secret.ts';
import type { Sources } from './sources.ts';

/**
 * `--merge-into FILE`: the values of a Secret, and its labels and annotations, into a SealedSecret that is there. They are
 * sealed in the scope, namespace and name of that one: nothing else could be opened there.
 */
export async function mergeInto(
  name: string,
  flags: FlagValues<'seal'>,
  sources: Sources,
  context: CommandContext,
): Promise<number> {
  const file = await readForReplacing(name);
  const target = chosenObject(file, { name: flags.name, namespace: flags.namespace });
  const { sealedFor } = target;
  if (flags.scope !== undefined && flags.scope !== sealedFor.scope)
    throw new UsageError([
      `--scope: ${titleOf(target.object)} is sealed ${sealedFor.scope}; leave it out, or seal the whole Secret anew`,
    ]);
  const { secrets, findings } = await readSecrets(flags.filename, { into: sealedFor }, context);
  context.stderr.write(describeFindings(findings));
  if (hasErrors(findings)) return EXIT_FINDINGS;
  const [found, ...more] = secrets;
  if (found === undefined || more.length > 0) throw new UsageError(['--merge-into takes one Secret']);
  const written = found.object.name;
  if (written !== '' && written !== sealedFor.name)
    context.stderr.write(
      `latchkey: warning: Secret ${quoted(written)} goes into ${titleOf(target.object)}, under that name\n`,
    );
  const { publicKey } = await sealingCertificate(sources);
  const edits: TextEdit[] = [...metadataEdits(target, found.secret)];
  for (const [key, value] of found.secret.values) {
    const text = await sealValue(new Uint8Array(value.reveal()), labelOf(sealedFor), publicKey);
    edits.push(editOf(target, ['spec', 'encryptedData', key], text));
  }
  await file.replace(setTexts(file.text, edits));
  const keys = [...found.secret.values.keys()].map((key) => printable(key)).join(', ');
  context.stderr.write(`latchkey: sealed ${keys} into ${titleOf(target.object)}, ${sealedFor.scope}\n`);
  return EXIT_FINE;
}

function metadataEdits(target: SealedObject, { labels, annotations }: SecretToSeal): readonly TextEdit[] {
  return Object.entries({ labels, annotations }).flatMap(([field, entries]) =>
    Object.entries(entries).map(([key, value]) =>
      editOf(target, ['spec', 'template', 'metadata', field, key], value),
    ),
  );
}

function editOf({ object }: SealedObject, path: readonly string[], value: string): TextEdit {
  return { document: object.document, path: [...object.at, ...path], value };
}
