import type { FlagValues } from '../../config/flags.ts';
import { UsageError } from '../../config/usage-error.ts';
import { isDnsLabel, isDnsSubdomain } from '../../kubernetes/object-names.ts';
import { quoted } from '../../quote.ts';
import { labelOf, type SealedFor } from '../../sealed/scope.ts';
import { sealValue } from '../../sealed/seal-value.ts';
import { type CommandContext, EXIT_FINE } from '../command.ts';
import { sealingCertificate } from './certificate-source.ts';
import { writeFileWhole } from './replaced-file.ts';
import type { Sources } from './sources.ts';
import { readValue } from './standard-input.ts';

/** `--raw`: one value from standard input to the text for `encryptedData` or a `sealed:` reference. */
export async function sealRaw(
  flags: FlagValues<'seal'>,
  sources: Sources,
  context: CommandContext,
): Promise<number> {
  const sealedFor = sealedForOf(flags);
  const certificate = await sealingCertificate(sources);
  const value = await readValue(context);
  const text = await sealValue(new Uint8Array(value.reveal()), labelOf(sealedFor), certificate.publicKey);
  if (flags.write === undefined) context.stdout.write(`${text}\n`);
  else await writeFileWhole(flags.write, `${text}\n`);
  return EXIT_FINE;
}

/** Nothing is guessed: a value that was sealed for another namespace opens nowhere, and says so only there. */
function sealedForOf({ scope = 'strict', namespace, name }: FlagValues<'seal'>): SealedFor {
  const problems = [
    ...nameProblems('--namespace', namespace, { isName: isDnsLabel, needed: scope !== 'cluster-wide' }),
    ...nameProblems('--name', name, { isName: isDnsSubdomain, needed: scope === 'strict' }),
  ];
  if (problems.length > 0) throw new UsageError(problems);
  return { scope, namespace: namespace ?? '', name: name ?? '' };
}

function nameProblems(
  flag: string,
  text: string | undefined,
  { isName, needed }: { readonly isName: (text: string) => boolean; readonly needed: boolean },
): readonly string[] {
  if (text === undefined)
    return needed ? [`${flag} is missing: --raw seals for it, unless --scope is wider`] : [];
  return isName(text) ? [] : [`${flag}: ${quoted(text)} cannot be a name`];
}
