import { parse } from 'node:path';
import { stringify } from 'yaml';

import type { FlagValues } from '../../config/flags.ts';
import type { Finding } from '../../manifests/finding.ts';
import type { ManifestObject } from '../../manifests/objects.ts';
import { readManifests } from '../../manifests/read-manifests.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from '../command.ts';
import { sealingCertificate } from './certificate-source.ts';
import type { Fault } from './fault.ts';
import { describeFindings, faultFindings, hasErrors } from './faults-found.ts';
import { type Overrides, readSecret, type SecretToSeal } from './read-secret.ts';
import { writeFileWhole } from './replaced-file.ts';
import { isSealedSecret } from './sealed-object.ts';
import { sealSecret } from './seal-secret.ts';
import type { Sources } from './sources.ts';

type Flags = FlagValues<'seal'>;

/** Secrets in, SealedSecrets out: all of them, or none where one is wrong. */
export async function sealManifests(
  flags: Flags,
  sources: Sources,
  context: CommandContext,
): Promise<number> {
  const { secrets, findings } = await readSecrets(flags.filename, flags, context);
  context.stderr.write(describeFindings(findings));
  if (hasErrors(findings)) return EXIT_FINDINGS;
  const certificate = await sealingCertificate(sources);
  const sealed: object[] = [];
  for (const { secret } of secrets) sealed.push(await sealSecret(secret, certificate));
  const asJson = (flags.output ?? formatOf(flags, secrets)) === 'json';
  const text = asJson ? jsonOf(sealed) : sealed.map((one) => stringify(one, { lineWidth: 0 })).join('---\n');
  if (flags.write === undefined) context.stdout.write(text);
  else await writeFileWhole(flags.write, text);
  return EXIT_FINE;
}

export interface FoundSecret {
  readonly object: ManifestObject;
  readonly secret: SecretToSeal;
}

/** The Secrets of the input. Anything else in it is an error: it would be missing in the output. */
export async function readSecrets(
  files: readonly string[],
  overrides: Overrides,
  { stdin }: Pick<CommandContext, 'stdin'>,
): Promise<{ readonly secrets: readonly FoundSecret[]; readonly findings: readonly Finding[] }> {
  const names = files.length === 0 ? ['-'] : files;
  const manifests = await readManifests(names, stdin);
  const findings: Finding[] = [...manifests.findings];
  const secrets: FoundSecret[] = [];
  for (const object of manifests.objects) {
    const read = isSecret(object) ? readSecret(object.value, overrides) : undefined;
    findings.push(...faultFindings(object, read?.faults ?? [otherKind(object)]));
    if (read !== undefined) secrets.push({ object, secret: read.secret });
  }
  const several = overrides.name !== undefined && secrets.length > 1;
  const first = manifests.objects[0];
  if (several && first !== undefined) findings.push(...faultFindings(first, [nameOfSeveral()]));
  return { secrets, findings: findings.length > 0 || secrets.length > 0 ? findings : [nothing(names)] };
}

function isSecret({ apiVersion, kind }: ManifestObject): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}

function otherKind(object: ManifestObject): Fault {
  const remedy = isSealedSecret(object)
    ? 'To seal its values for the newest key: latchkey seal re-encrypt.'
    : 'Leave it out of the input.';
  return { path: ['kind'], code: 'LK-SYNTAX', message: 'only Secrets (v1) are sealed', remedy };
}

function nameOfSeveral(): Fault {
  return {
    path: ['metadata', 'name'],
    code: 'LK-CONFLICT',
    message: 'there are several Secrets, and --name is for one',
    remedy: 'Seal them one by one, or leave --name out.',
  };
}

function nothing([file = '-']: readonly string[]): Finding {
  const remedy =
    'Give the manifest of a Secret, as kubectl create secret --dry-run=client -o yaml prints it.';
  const problem = {
    code: 'LK-EMPTY',
    place: 'input',
    field: '',
    message: 'there is no Secret in it',
    remedy,
  } as const;
  return { file, line: 1, severity: 'error', problem };
}

/** As the input is written: by the name of the file to write, else by the first Secret's text. */
function formatOf(flags: Flags, [first]: readonly FoundSecret[]): 'json' | 'yaml' {
  const extension = parse(flags.write ?? '').ext.toLowerCase();
  if (extension === '.json') return 'json';
  if (extension === '.yaml' || extension === '.yml') return 'yaml';
  return first?.object.sourceOf(['kind'])?.startsWith('"') === true ? 'json' : 'yaml';
}

function jsonOf(sealed: readonly object[]): string {
  const [only] = sealed;
  const value = sealed.length === 1 ? only : { apiVersion: 'v1', kind: 'List', items: sealed };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
