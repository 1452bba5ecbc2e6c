import { systemClock } from '../../clock.ts';
import type { FlagValues } from '../../config/flags.ts';
import { LatchkeyError } from '../../errors.ts';
import type { Finding } from '../../manifests/finding.ts';
import { type ManifestObject, titleOf } from '../../manifests/objects.ts';
import { readManifests } from '../../manifests/read-manifests.ts';
import { printable } from '../../quote.ts';
import { describeScope } from '../../sealed/not-opened.ts';
import { createOpener, type Opener } from '../../sealed/opener.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from '../command.ts';
import { controllerForm } from './controller-form.ts';
import type { Fault } from './fault.ts';
import { describeFindings, faultFindings, hasErrors } from './faults-found.ts';
import { isSealedSecret, readSealedObject, type SealedObject, sealedObjectFaults } from './sealed-object.ts';
import {
  asSealedObjects,
  NO_NAMESPACE,
  type ReferringText,
  sealedReferencesOf,
} from './sealed-references.ts';
import type { Sources } from './sources.ts';

/** `seal verify`: whether SealedSecrets and references would open. No value is shown, and of a template nothing is run. */
export async function verify(
  flags: FlagValues<'seal'>,
  sources: Sources,
  context: CommandContext,
): Promise<number> {
  const names = flags.filename.length === 0 ? ['-'] : flags.filename;
  const { objects, findings: unread } = await readManifests(names, context.stdin);
  const check = await checkerOf(sources);
  const findings: Finding[] = [...unread];
  const checked: ManifestObject[] = [];
  const tell = (object: ManifestObject, faults: readonly Fault[], held: string): void => {
    checked.push(object);
    const found = faultFindings(object, faults);
    findings.push(...found);
    if (!hasErrors(found)) context.stdout.write(opens(object, held));
  };
  for (const object of objects) {
    if (isSealedSecret(object)) {
      const sealed = readSealedObject(object, flags.namespace);
      const faults = sealedObjectFaults(sealed);
      const held = `${count(sealed.encryptedData.size, 'value')}; ${describeScope(sealed.sealedFor)}`;
      tell(object, faults.length > 0 ? faults : await check(sealed), held);
      continue;
    }
    const texts = sealedReferencesOf(object);
    if (texts.length === 0) continue;
    const held = count(texts.flatMap(({ ciphertexts }) => ciphertexts).length, 'sealed reference');
    tell(object, await closedReferences(object, texts, { check, namespace: flags.namespace }), held);
  }
  context.stdout.write(describeFindings(findings));
  if (checked.length === 0)
    context.stderr.write('latchkey: there is no SealedSecret in the input, and no sealed reference\n');
  return checked.length === 0 || hasErrors(findings) ? EXIT_FINDINGS : EXIT_FINE;
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function opens(object: ManifestObject, held: string): string {
  const at = `${printable(object.file, 1000)}:${String(object.lineOf([]))}`;
  return `${at}: ${titleOf(object)}: opens (${held})\n`;
}

/** A reference opens for its namespace, or else for the whole cluster; the first failure is told. */
async function closedReferences(
  object: ManifestObject,
  texts: readonly ReferringText[],
  { check, namespace }: { readonly check: Check; readonly namespace: string | undefined },
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const { path, ciphertexts } of texts) {
    for (const ciphertext of ciphertexts) {
      const [first, second] = asSealedObjects(object, ciphertext, namespace);
      const [fault] = first === undefined ? [] : await check(first);
      if (fault === undefined) continue;
      const isWider = second !== undefined && (await check(second)).length === 0;
      const remedy = second === undefined ? NO_NAMESPACE : fault.remedy;
      if (!isWider) faults.push({ ...fault, path, remedy });
    }
  }
  return faults;
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
