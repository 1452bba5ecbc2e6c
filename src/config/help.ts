import { COMMAND_NAMES, type CommandName } from '../commands/command.ts';
import { flagsOf, variableOf, type Flag } from './flags.ts';
import { ARGUMENTS } from './kinds.ts';

interface About {
  readonly usage: string;
  readonly summary: string;
  /** What follows the flags. */
  readonly notes?: string;
}

const EXIT_CODES = 'Exit codes: 0 fine, 1 findings or refusals, 2 wrong use';

const ABOUT: { readonly [C in CommandName]: About } = {
  serve: {
    usage: 'latchkey serve --tls-cert FILE --tls-key FILE [flags]',
    summary: 'runs the admission webhook',
  },
  controller: {
    usage: 'latchkey controller [flags]',
    summary:
      'keeps registration and certificates, sweeps Secrets that no pod needs, and makes those of marked definitions; one replica leads',
  },
  sweep: {
    usage: 'latchkey sweep [flags]',
    summary: 'removes managed Secrets that no pod needs, once, and says which stay; what helm uninstall runs',
  },
  fetch: {
    usage: 'latchkey fetch [--guard] [--termination-log FILE]',
    summary: 'runs in the init container: fetches what its pod asked for',
    notes: [
      '--guard only checks that the kubelet of this node reads env files. --termination-log says where the message for the',
      'pod status goes (default /dev/termination-log). Nothing comes from LATCHKEY_ variables but the plan, which the webhook',
      'puts into LATCHKEY_FETCH_PLAN. Exit code 75 means: try again.',
    ].join('\n'),
  },
  render: {
    usage: 'latchkey render -f FILE|- [flags]\n       latchkey render --live KIND/NAME [flags]',
    summary: 'shows what the webhook would do to manifests, or makes one that needs no webhook',
  },
  lint: {
    usage: 'latchkey lint -f FILE|DIR|- [flags]',
    summary: 'checks annotations in manifests',
  },
  'take-over': {
    usage: 'latchkey take-over NAMESPACE/NAME [flags]',
    summary:
      'hands a Secret from a controller that was switched off to its definition, so that Latchkey keeps it',
  },
  migrate: {
    usage: 'latchkey migrate -f FILE|DIR|- [--to annotations|eso] [--write] [flags]',
    summary: 'turns definitions that people already have into annotations, or KES into ESO',
    notes: [
      'Without --write the result is printed and nothing is changed. The report stands on standard error, a line for each thing',
      'that was found: converted; converted with a difference in bytes, and which; not converted, and why.',
    ].join('\n'),
  },
  certs: {
    usage: 'latchkey certs [flags]',
    summary: 'makes a CA and a serving certificate',
  },
  seal: {
    usage: 'latchkey seal [set FILE KEY | re-encrypt DIR | verify | cert] [flags]',
    summary: 'makes SealedSecrets of Secrets, for Git; kubeseal reads them, and reads what it made',
    notes: [
      'Without a word behind it: Secrets in (-f, or standard input), SealedSecrets out.',
      'set FILE KEY       seals one value from standard input into a SealedSecret of FILE; the rest of FILE stays',
      're-encrypt DIR...  seals every value below DIR anew with the newest certificate, in place',
      'verify             says whether SealedSecrets and references (-f) would open; with --private-key offline',
      'cert               prints the certificate that values are sealed with',
    ].join('\n'),
  },
};

/** The text of `latchkey --help`. */
export function mainHelp(): string {
  const rows = COMMAND_NAMES.map((name) => `  ${name.padEnd(10)} ${ABOUT[name].summary}`);
  return [
    'latchkey puts AWS secrets into Kubernetes pods before they start.',
    '',
    'Usage: latchkey COMMAND [flags]',
    '',
    ...rows,
    '',
    '`latchkey COMMAND --help` lists the flags of a command, `latchkey --version` prints the version.',
    `${EXIT_CODES}, 75 (fetch) try again.`,
    '',
  ].join('\n');
}

/** The text of `latchkey COMMAND --help`, from the table of flags. */
export function commandHelp(command: CommandName): string {
  const { usage, summary, notes } = ABOUT[command];
  const flags = flagsOf(command);
  const left = flags.map(usageOf);
  const width = Math.min(36, Math.max(0, ...left.map((text) => text.length)));
  const rows = flags.map((flag, index) => row(left[index] ?? '', explain(flag), width));
  const table =
    rows.length === 0
      ? []
      : ['', 'Flags:', ...rows, '', `Each flag may stand in the environment, as ${example(flags)}.`];
  return [
    `Usage: ${usage}`,
    '',
    `${command} ${summary}.`,
    ...table,
    ...(notes === undefined ? [] : ['', notes]),
    `${EXIT_CODES}.`,
    '',
  ].join('\n');
}

function usageOf(flag: Flag): string {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const argument =
    flag.argument ?? (flag.choices === undefined ? ARGUMENTS[flag.kind] : flag.choices.join('|'));
  return `${short}--${flag.name}${argument === '' ? '' : ` ${argument}`}`;
}

function explain(flag: Flag): string {
  const fallback = flag.default === undefined ? '' : ` (default ${flag.default})`;
  return `${flag.help}${fallback}`;
}

function row(left: string, right: string, width: number): string {
  return left.length > width
    ? `  ${left}\n  ${' '.repeat(width)}  ${right}`
    : `  ${left.padEnd(width)}  ${right}`;
}

function example(flags: readonly Flag[]): string {
  const [flag] = flags;
  return flag === undefined ? '' : variableOf(flag);
}
