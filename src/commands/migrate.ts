import type { FlagValues } from '../config/flags.ts';
import { readFlags } from '../config/parse-flags.ts';
import { UsageError } from '../config/usage-error.ts';
import { type Manifests, readManifests, STDIN } from '../manifests/read-manifests.ts';
import { type Migrated, migrateToAnnotations, migrateToEso } from '../migrate/migrate.ts';
import { accountNeeds } from '../migrate/iam/needs.ts';
import type { Known } from '../migrate/iam/policies.ts';
import { quoted } from '../quote.ts';
import { parseRoleArn } from '../request/arn.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from './command.ts';
import { printFindings } from './lint/print-findings.ts';
import { placeholders, printIam, printIamJson } from './migrate/print-iam.ts';
import { printReport } from './migrate/print-report.ts';
import { printDiff, printJson, printManifests } from './migrate/print-result.ts';
import { writeFiles } from './migrate/write-files.ts';

type Values = FlagValues<'migrate'>;

/** `latchkey migrate`: definitions to annotations, or KES to ESO. Exit 1 when something could not be converted or read. */
export async function run(context: CommandContext): Promise<number> {
  const { values } = readFlags('migrate', context);
  checkTogether(values);
  const manifests = await readManifests(values.filename, context.stdin);
  const migrated = migrate(manifests, values);
  const changed = migrated.files.filter(({ before, after }) => before !== after);
  if (values.write) await writeFiles(changed);
  const result = printed(values, migrated);
  context.stdout.write(result);
  context.stderr.write(
    printFindings(manifests.findings, 'text') +
      printReport(migrated.rows) +
      (values.iam ? placeholders(result) : ''),
  );
  const kept = migrated.rows.some(({ status }) => status === 'kept');
  return kept || manifests.findings.length > 0 ? EXIT_FINDINGS : EXIT_FINE;
}

function migrate(manifests: Manifests, values: Values): Migrated {
  const options = {
    namespace: values.namespace,
    defaults: { delivery: values['default-delivery'], skipContainers: values['skip-containers'] },
    ...(values.region === undefined ? {} : { region: values.region }),
  };
  const intermediateRole = values['intermediate-role'];
  return values.to === 'annotations'
    ? migrateToAnnotations(manifests, { ...options, dropUnused: values['drop-unused'] })
    : migrateToEso(manifests, {
        ...options,
        storeKind: values['store-kind'],
        refreshInterval: goDuration(values['refresh-interval']),
        ...(intermediateRole === undefined ? {} : { intermediateRole }),
      });
}

/** Milliseconds as Go writes durations, in the largest unit that is whole. */
function goDuration(milliseconds: number): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, size] = units.find(([, each]) => milliseconds > 0 && milliseconds % each === 0) ?? ['ms', 1];
  return `${String(milliseconds / size)}${unit}`;
}

function printed(values: Values, { files, rows, after }: Migrated): string {
  const { output, write, iam } = values;
  if (iam) return (output === 'json' ? printIamJson : printIam)(accountNeeds(after), knownOf(values));
  if (output === 'json') return printJson(files, rows);
  if (output === 'diff') return printDiff(files);
  return write && output === undefined ? '' : printManifests(files);
}

function knownOf(values: Values): Known {
  const { 'account-id': account, 'oidc-provider': provider } = values;
  return {
    ...(account === undefined ? {} : { account }),
    ...(provider === undefined ? {} : { oidcProvider: provider.replace(/^https:\/\//, '') }),
  };
}

/** @throws UsageError with everything that is wrong */
function checkTogether(values: Values): void {
  const problems = [...wrongTogether(values), ...wrongAlone(values)];
  if (problems.length > 0) throw new UsageError(problems);
}

function wrongTogether({
  filename,
  write,
  iam,
  to,
  output,
  'drop-unused': dropUnused,
}: Values): readonly string[] {
  const isFromStdin = filename.includes(STDIN);
  return [
    ...(filename.length === 0 ? ['--filename is missing; `-f -` reads standard input'] : []),
    ...(write && isFromStdin
      ? ['--write changes files, and standard input is none: leave it out, and redirect the result']
      : []),
    ...(iam && to === 'eso' ? ['--iam is about annotations: stores of ESO say themselves who reads'] : []),
    ...(dropUnused && to === 'eso' ? ['--drop-unused goes with --to annotations'] : []),
    ...(iam && output !== undefined && output !== 'json'
      ? ['--iam prints JSON and Terraform: leave --output out, or write --output json']
      : []),
  ];
}

function wrongAlone(values: Values): readonly string[] {
  const { 'account-id': account, 'oidc-provider': provider, 'intermediate-role': role } = values;
  return [
    ...(account === undefined || /^\d{12}$/.test(account)
      ? []
      : [`--account-id: expected twelve digits, found ${quoted(account)}`]),
    ...(provider === undefined || /^(?:https:\/\/)?[\w.-]+(?:\/[\w.-]+)*$/.test(provider)
      ? []
      : [
          `--oidc-provider: expected HOST/PATH, as in oidc.eks.eu-central-1.amazonaws.com/id/ABCD, found ${quoted(provider)}`,
        ]),
    ...(role === undefined || isRole(role)
      ? []
      : [`--intermediate-role: expected the ARN of a role, found ${quoted(role)}`]),
  ];
}

function isRole(text: string): boolean {
  try {
    parseRoleArn(text);
    return true;
  } catch {
    return false;
  }
}
