import { variableOf, flagsOf, type FlagValues } from '../config/flags.ts';
import { parseFlags } from '../config/parse-flags.ts';
import { UsageError } from '../config/usage-error.ts';
import { nearest } from '../nearest.ts';
import { quoted } from '../quote.ts';
import type { CommandContext } from './command.ts';
import { mergeInto } from './seal/merge-into.ts';
import { reEncrypt } from './seal/re-encrypt.ts';
import { sealManifests } from './seal/seal-manifests.ts';
import { sealRaw } from './seal/seal-raw.ts';
import { setValue } from './seal/set-value.ts';
import { showCertificate } from './seal/show-certificate.ts';
import { openSources } from './seal/sources.ts';
import { verify } from './seal/verify.ts';

type Flags = FlagValues<'seal'>;
type FlagName = keyof Flags;

const CLUSTER_FLAGS = ['kubeconfig', 'controller-namespace', 'controller-name'] as const;
const CERTIFICATE_FLAGS = [...CLUSTER_FLAGS, 'cert', 'private-key'] as const;

/** What stands behind `seal`, and the flags that mean something to it. '' seals Secrets. */
const VERBS: Readonly<Record<string, readonly FlagName[]>> = {
  '': [
    ...CERTIFICATE_FLAGS,
    ...(['filename', 'scope', 'namespace', 'name', 'raw', 'merge-into', 'output', 'write'] as const),
  ],
  set: [...CERTIFICATE_FLAGS, 'namespace', 'name'],
  're-encrypt': [...CERTIFICATE_FLAGS, 'namespace'],
  verify: [...CLUSTER_FLAGS, 'private-key', 'filename', 'namespace'],
  cert: [...CERTIFICATE_FLAGS, 'write'],
};

/** `latchkey seal`: Secrets to SealedSecrets, and what goes with it. Exit 1 when something does not open or is wrong. */
export async function run(context: CommandContext): Promise<number> {
  const { values, positionals, given, problems } = parseFlags('seal', context.args, context.env);
  const [verb = '', ...operands] = positionals;
  const all = [...problems, ...verbProblems(verb, operands), ...flagProblems(verb, given, context.env)];
  if (all.length > 0) throw new UsageError(all);
  const flags = values as Flags;
  const sources = await openSources(flags, context, verb === 're-encrypt');
  switch (verb) {
    case 'set': {
      const [file = '', key = ''] = operands;
      return await setValue({ file, key }, flags, sources, context);
    }
    case 're-encrypt':
      return await reEncrypt({ names: operands, namespace: flags.namespace, sources }, context);
    case 'verify':
      return await verify(flags, sources, context);
    case 'cert':
      return await showCertificate(flags, sources, context);
    default:
      return await seal(flags, sources, context);
  }
}

async function seal(
  flags: Flags,
  sources: Awaited<ReturnType<typeof openSources>>,
  context: CommandContext,
): Promise<number> {
  const into = flags['merge-into'];
  if (flags.raw && (into !== undefined || flags.filename.length > 0 || flags.output !== undefined))
    throw new UsageError(['--raw reads standard input: leave --filename, --output and --merge-into out']);
  if (into !== undefined && (flags.write !== undefined || flags.output !== undefined))
    throw new UsageError(['--merge-into writes to its own file: leave --write and --output out']);
  if (flags.raw) return await sealRaw(flags, sources, context);
  return into === undefined
    ? await sealManifests(flags, sources, context)
    : await mergeInto(into, flags, sources, context);
}

function verbProblems(verb: string, operands: readonly string[]): readonly string[] {
  if (!Object.hasOwn(VERBS, verb)) {
    const verbs = Object.keys(VERBS).filter((known) => known !== '');
    const meant = nearest(verb, verbs);
    return [
      `seal ${quoted(verb)} is not known (${meant === undefined ? verbs.join(', ') : `did you mean ${meant}?`})`,
    ];
  }
  if (verb === 'set')
    return operands.length === 2 ? [] : ['seal set needs a file and a key: seal set FILE KEY'];
  if (verb === 're-encrypt')
    return operands.length > 0 ? [] : ['seal re-encrypt needs a directory or a file'];
  return operands.map((text) => `unexpected argument ${quoted(text)}`);
}

/** A flag that would be overlooked is a mistake; one that stands in the environment is for whom it may concern. */
function flagProblems(
  verb: string,
  given: ReadonlySet<string>,
  env: CommandContext['env'],
): readonly string[] {
  const meaningful: readonly string[] = VERBS[verb] ?? [...given];
  return flagsOf('seal')
    .filter((flag) => given.has(flag.name) && env[variableOf(flag)] === undefined)
    .filter(({ name }) => !meaningful.includes(name))
    .map(({ name }) => `--${name} means nothing to seal${verb === '' ? '' : ` ${verb}`}`);
}
