import type { FlagValues } from '../../config/flags.ts';
import { type CommandContext, EXIT_FINE } from '../command.ts';
import { sealingCertificate } from './certificate-source.ts';
import { writeFileWhole } from './replaced-file.ts';
import type { Sources } from './sources.ts';

/** `seal cert`: the certificate as PEM, and what is to be compared of it. */
export async function showCertificate(
  flags: FlagValues<'seal'>,
  sources: Sources,
  context: CommandContext,
): Promise<number> {
  const { pem, fingerprint, bits, notBeforeMs, notAfterMs } = await sealingCertificate(sources);
  const text = pem.endsWith('\n') ? pem : `${pem}\n`;
  if (flags.write === undefined) context.stdout.write(text);
  else await writeFileWhole(flags.write, text);
  context.stderr.write(
    `latchkey: ${String(bits)} bits, from ${dayOf(notBeforeMs)} to ${dayOf(notAfterMs)}, SHA-256 of its public key ${fingerprint}\n`,
  );
  return EXIT_FINE;
}

function dayOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}
