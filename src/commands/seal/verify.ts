import { systemClock } from '../../clock.ts';
import type { FlagValues } from '../../config/flags.ts';
import { LatchkeyError } from '../../errors.ts';
import type { Finding } from '../../manifests/finding.ts';
import { titleOf } from '../../manifests/objects.ts';
import { readManifests } from '../../manifests/read-manifests.ts';
import { printable } from '../../quote.ts';
import { describeScope } from '../../sealed/not-opened.ts';
import { createOpener, type Opener } from '../../sealed/opener.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from '../command.ts';
import { controllerForm } from './controller-form.ts';
import type { Fault } from './fault.ts';
import { describeFindings, faultFindings, hasErrors } from './faults-found.ts';
import { isSealedSecret, readSealedObject, type SealedObject, sealedObjectFaults } from './sealed-object.ts';
import type { Sources } from './sources.ts';

/** `seal verify`: whether SealedSecrets would open. No value is shown, and of a template nothing is run. */
export async function verify(
  flags: FlagValues<'seal'>,
  sources: Sources,
  context: CommandContext,
): Promise<number> {
  const names = flags.filename.length === 0 ? ['-'] : flags.filename;
  const { objects, findings: unread } = await readManifests(names, context.stdin);
  const check = await checkerOf(sources);
  const findings: Finding[] = [...unread];
  const sealed = objects.filter(isSealedSecret).map((object) => readSealedObject(object, flags.namespace));
  for (const one of sealed) {
    const faults = sealedObjectFaults(one);
    const found = faultFindings(one.object, faults.length > 0 ? faults : await check(one));
    findings.push(...found);
    if (!hasErrors(found)) context.stdout.write(opens(one));
  }
  context.stdout.write(describeFindings(findings));
  if (sealed.length === 0) context.stderr.write('latchkey: there is no SealedSecret in the input\n');
  return sealed.length === 0 || hasErrors(findings) ? EXIT_FINDINGS : EXIT_FINE;
}

function opens({ object, sealedFor, encryptedData }: SealedObject): string {
  const { size } = encryptedData;
  const values = `${String(size)} value${size === 1 ? '' : 's'}`;
  const at = `${printable(object.file, 1000)}:${String(object.lineOf([]))}`;
  return `${at}: ${titleOf(object)}: opens (${values}; ${describeScope(sealedFor)})\n`;
}

type Check = (sealed: SealedObject) => Promise<readonly Fault[]>;

async function checkerOf({ ring, cluster, signal }: Sources): Promise<Check> {
  if (ring !== undefined) {
    const opener = createOpener({ ring: () => ring, clock: systemClock, withoutKeys: '' });
    return async (sealed) => await closedValues(sealed, opener);
  }
  const service = await cluster.service();
  return async (sealed) => ((await service.opens(controllerForm(sealed), signal)) ? [] : [closedInCluster()]);
}

async function closedValues(
  { sealedFor, encryptedData }: SealedObject,
  opener: Opener,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const [key, text] of encryptedData) {
    try {
      await opener.open({ text, sealedFor }, { left: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      const { code, message, remedy } = error;
      faults.push({ path: ['spec', 'encryptedData', key], code, message, remedy });
    }
  }
  return faults;
}

function closedInCluster(): Fault {
  return {
    path: ['spec', 'encryptedData'],
    code: 'LK-SEALED',
    message: "the cluster's controller does not open it",
    remedy: 'Check its scope, namespace and name, or seal it again: latchkey seal.',
  };
}
