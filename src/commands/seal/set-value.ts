import type { FlagValues } from '../../config/flags.ts';
import { UsageError } from '../../config/usage-error.ts';
import { isSecretKey } from '../../definitions/secret-key.ts';
import { titleOf } from '../../manifests/objects.ts';
import { setTexts } from '../../manifests/set-texts.ts';
import { quoted } from '../../quote.ts';
import { labelOf } from '../../sealed/scope.ts';
import { sealValue } from '../../sealed/seal-value.ts';
import { type CommandContext, EXIT_FINE } from '../command.ts';
import { sealingCertificate } from './certificate-source.ts';
import { chosenObject } from './chosen-object.ts';
import { readForReplacing } from './replaced-file.ts';
import type { Sources } from './sources.ts';
import { readValue } from './standard-input.ts';

export interface SetOperands {
  readonly file: string;
  readonly key: string;
}

/** `seal set FILE KEY`: one value from standard input; scope, namespace and name are the file's. */
export async function setValue(
  { file: name, key }: SetOperands,
  flags: FlagValues<'seal'>,
  sources: Sources,
  context: CommandContext,
): Promise<number> {
  if (!isSecretKey(key)) throw new UsageError([`${quoted(key)} cannot be a key of a Secret`]);
  const file = await readForReplacing(name);
  const { object, sealedFor, encryptedData } = chosenObject(file, flags);
  const certificate = await sealingCertificate(sources);
  const value = await readValue(context);
  const text = await sealValue(new Uint8Array(value.reveal()), labelOf(sealedFor), certificate.publicKey);
  const path = [...object.at, 'spec', 'encryptedData', key];
  await file.replace(setTexts(file.text, [{ document: object.document, path, value: text }]));
  const what = encryptedData.has(key) ? 'replaced' : 'added';
  context.stderr.write(`latchkey: ${what} ${key} of ${titleOf(object)}, ${sealedFor.scope}\n`);
  return EXIT_FINE;
}
