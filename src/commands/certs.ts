import { open, mkdir, rm, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { systemClock } from '../clock.ts';
import type { FlagValues } from '../config/flags.ts';
import { readFlags } from '../config/parse-flags.ts';
import { UsageError } from '../config/usage-error.ts';
import { LatchkeyError } from '../errors.ts';
import { printable, quoted } from '../quote.ts';
import { createAuthority, isDnsName, issueServing, serviceNames } from '../tls/authority.ts';
import { EXIT_FINE, type CommandContext } from './command.ts';

interface NewFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

/**
 * `latchkey certs`: a CA and a serving certificate in files. The CA's key is dropped unless asked for: who has it can
 * pose as the webhook.
 * @throws UsageError, LatchkeyError LK-CONFIG when a file exists or cannot be written.
 */
export async function run(context: CommandContext): Promise<number> {
  const { values } = readFlags('certs', context);
  const dns = [...new Set([...serviceNames(values['service'], values['namespace']), ...values['dns']])];
  checkNames(dns, values['ip']);
  const order = { dns, ips: values['ip'], days: values['days'], wallMs: systemClock.wall() };
  const authority = await createAuthority(order);
  const serving = await issueServing(authority, order);

  await writeFiles(values, [
    { name: 'ca.crt', text: authority.cert, mode: 0o644 },
    { name: 'tls.crt', text: serving.cert, mode: 0o644 },
    { name: 'tls.key', text: serving.key, mode: 0o600 },
    ...(values['keep-ca-key'] ? [{ name: 'ca.key', text: authority.key, mode: 0o600 }] : []),
  ]);
  context.stdout.write(summary(values, dns, authority.cert));
  return EXIT_FINE;
}

function checkNames(dns: readonly string[], ips: readonly string[]): void {
  const problems = [
    ...dns.filter((name) => !isDnsName(name)).map((name) => `${quoted(name)} is no host name (lower case)`),
    ...ips.filter((ip) => isIP(ip) === 0).map((ip) => `--ip: ${quoted(ip)} is no IP address`),
  ];
  if (problems.length > 0) {
    throw new UsageError(problems);
  }
}

/** All or none: what was written goes again when a later file cannot be, since half a pair serves nobody. */
async function writeFiles(values: FlagValues<'certs'>, files: readonly NewFile[]): Promise<void> {
  const directory = values['out'];
  await attempt(directory, () => makeDirectory(resolve(directory)));
  const written: string[] = [];
  try {
    for (const { name, text, mode } of files) {
      const path = join(directory, name);
      await attempt(path, () => writeNew(path, text, { mode, replace: values['force'] }));
      written.push(path);
    }
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw error;
  }
}

/** Node's own recursive mkdir never returns where a parent exists and refuses with ENOENT, as below /proc. */
async function makeDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new LatchkeyError('LK-CONFIG', 'not a folder');
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  await mkdir(path);
}

/** `wx` is O_EXCL: neither an existing file nor a link somebody put there is written through. */
async function writeNew(
  path: string,
  text: string,
  options: { readonly mode: number; readonly replace: boolean },
) {
  if (options.replace) {
    await rm(path, { force: true });
  }
  const file = await open(path, 'wx', options.mode);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function attempt(path: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw exists
      ? new LatchkeyError(
          'LK-CONFIG',
          `${printable(path, 300)} exists already`,
          'Add --force to overwrite it.',
        )
      : new LatchkeyError('LK-CONFIG', `${printable(path, 300)} cannot be written`, 'Check --out.');
  }
}

function summary(values: FlagValues<'certs'>, dns: readonly string[], ca: string): string {
  const directory = values['out'];
  const names = [...dns, ...values['ip']].map((name) => printable(name)).join(', ');
  return [
    `Wrote ca.crt, tls.crt and tls.key to ${printable(directory, 300)}, valid for ${String(values['days'])} days, for ${names}.`,
    '',
    'In the webhook configuration:',
    `  caBundle: ${Buffer.from(ca).toString('base64')}`,
    '',
    'Next:',
    `  latchkey serve --tls-cert ${join(directory, 'tls.crt')} --tls-key ${join(directory, 'tls.key')} …`,
    '',
  ].join('\n');
}
