import type { FlagValues } from '../config/flags.ts';
import { readFlags } from '../config/parse-flags.ts';
import { UsageError } from '../config/usage-error.ts';
import { type Manifests, readManifests, STDIN } from '../manifests/read-manifests.ts';
import { type Migrated, migrateToAnnotations, migrateToEso } from '../migrate/migrate.ts';
import { type CommandContext, EXIT_FINDINGS, EXIT_FINE } from './command.ts';
import { printFindings } from './lint/print-findings.ts';
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
  context.stdout.write(printed(values, migrated));
  context.stderr.write(printFindings(manifests.findings, 'text') + printReport(migrated.rows));
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

function printed({ output, write }: Values, { files, rows }: Migrated): string {
  if (output === 'json') return printJson(files, rows);
  if (output === 'diff') return printDiff(files);
  return write && output === undefined ? '' : printManifests(files);
}

/** @throws UsageError */
function checkTogether({ filename, write }: Values): void {
  if (filename.length === 0) throw new UsageError(['--filename is missing; `-f -` reads standard input']);
  if (write && filename.includes(STDIN))
    throw new UsageError(['--write changes files, and standard input is none: leave it out, and redirect the result']);
}
