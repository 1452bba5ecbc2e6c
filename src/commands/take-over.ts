import type { Writable } from 'node:stream';
import {
  DEFINITION_KINDS,
  KINDS,
  makesSecret,
  ownsSecret,
  secretNamesOf,
} from '../adoption/definition-kinds.ts';
import { definitionReference } from '../adoption/indexed.ts';
import { planTakeOver, type Claim, type TakeOver } from '../adoption/take-over.ts';
import type { FlagValues } from '../config/flags.ts';
import { readKubernetesEnvironment } from '../config/kubernetes-environment.ts';
import { readFlags } from '../config/parse-flags.ts';
import { UsageError } from '../config/usage-error.ts';
import type { DefinitionKind } from '../definitions/recipe.ts';
import { LatchkeyError } from '../errors.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import { createTakeOverApi, type TakeOverApi } from '../kubernetes/take-over-api.ts';
import { printable, quoted } from '../quote.ts';
import { EXIT_FINE, type CommandContext } from './command.ts';

/** As their charts label the Deployments. The CSI driver is none, and lets go of a Secret that has lost its label. */
const CONTROLLERS: Readonly<Record<DefinitionKind, string | undefined>> = {
  kes: 'kubernetes-external-secrets',
  eso: 'external-secrets',
  'sealed-secret': 'sealed-secrets',
  ascp: undefined,
};

interface Work {
  readonly api: TakeOverApi;
  readonly values: FlagValues<'take-over'>;
  readonly stdout: Writable;
  readonly signal: AbortSignal;
}

/**
 * `latchkey take-over NS/NAME`: hands a Secret from a controller that was switched off to the definition that makes it now,
 * so that Latchkey keeps it. Shows what it would do unless it is told to do it.
 * @throws UsageError, LatchkeyError LK-NO-DEFINITION, LK-OWNER, LK-KUBERNETES
 */
export async function run(context: CommandContext): Promise<number> {
  const { values, positionals } = readFlags('take-over', context, 1);
  const [namespace, name] = placeOf(positionals[0]);
  const { kubeconfig } = values;
  const environment = readKubernetesEnvironment(context.env);
  const api = createTakeOverApi({ environment, ...(kubeconfig === undefined ? {} : { kubeconfig }) });
  const work = { api, values, stdout: context.stdout, signal: context.signal };

  const [stored, claims] = await Promise.all([
    api.secret(namespace, name, context.signal),
    claimsOf(work, namespace, name),
  ]);
  if (stored === undefined) {
    throw new LatchkeyError(
      'LK-KUBERNETES',
      `Secret ${quoted(name)} does not exist in namespace ${quoted(namespace)}`,
      'There is nothing to take over: Latchkey makes it for the first pod that needs it.',
    );
  }
  const plan = planTakeOver(stored, claims, values['definition']);
  context.stdout.write(`Secret ${printable(namespace)}/${printable(name)}\n`);
  if (plan.changes.length === 0) {
    context.stdout.write('  is kept by Latchkey already\n');
    return EXIT_FINE;
  }
  for (const change of plan.changes) context.stdout.write(`  ${change}\n`);
  if (stored.immutable) context.stdout.write('  it is immutable, so Latchkey will use it as it is\n');
  await checkRivals(plan, work);
  await carryOut(stored, plan, work);
  return EXIT_FINE;
}

function placeOf(operand: string | undefined): readonly [namespace: string, name: string] {
  const [namespace = '', name = '', ...more] = (operand ?? '').split('/');
  if (namespace !== '' && name !== '' && more.length === 0) return [namespace, name];
  throw new UsageError([
    operand === undefined
      ? 'which Secret? Write NAMESPACE/NAME'
      : `${quoted(operand)} is not NAMESPACE/NAME of a Secret`,
  ]);
}

async function claimsOf({ api, signal }: Work, namespace: string, name: string): Promise<readonly Claim[]> {
  const all = await Promise.all(
    KINDS.map(async (kind) => {
      const objects = await api.definitions(DEFINITION_KINDS[kind], namespace, signal);
      return objects
        .filter((object) => secretNamesOf(kind, object).includes(name) && makesSecret(kind, object))
        .flatMap((object) => {
          const definition = definitionReference(kind, object);
          return definition === undefined ? [] : [{ definition, owns: ownsSecret(kind, object) }];
        });
    }),
  );
  return all.flat();
}

/** A controller that runs would change everything back, or take the Secret away. */
async function checkRivals({ rivals }: TakeOver, { api, values, stdout, signal }: Work): Promise<void> {
  let running: Awaited<ReturnType<TakeOverApi['running']>>;
  try {
    running = await api.running(
      rivals.flatMap((kind) => CONTROLLERS[kind] ?? []),
      signal,
    );
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    stdout.write(`  whether the other controller still runs is not known: ${error.message}\n`);
    return;
  }
  if (running.length === 0) return;
  const names = running.map(({ namespace, name }) => `${printable(namespace)}/${printable(name)}`).join(', ');
  if (values['force']) {
    stdout.write(`  although the other controller still runs: deployment ${names}\n`);
    return;
  }
  throw new LatchkeyError(
    'LK-OWNER',
    `the other controller still runs (deployment ${names}) and would change the Secret back`,
    'Scale it to 0 first; or, where it does not look after this namespace, add --force.',
  );
}

async function carryOut(stored: StoredSecret, plan: TakeOver, work: Work): Promise<void> {
  const { api, values, stdout, signal } = work;
  const dryRun = values['dry-run'];
  if (!values['yes'] && !dryRun) {
    stdout.write('Nothing was changed. Add --yes to do this.\n');
    return;
  }
  const content = { labels: plan.labels, annotations: {}, data: stored.data };
  const without = (name: string): boolean => plan.dropped.includes(name);
  const { ownerReferences } = plan;
  const done = await api.update({ stored, content, ownerReferences, without, dryRun }, signal);
  if (done === 'conflict') {
    throw new LatchkeyError(
      'LK-KUBERNETES',
      'somebody changed the Secret in this very moment, so nothing was done',
      'Run the command again. If this repeats, another controller still runs.',
    );
  }
  stdout.write(dryRun ? 'A dry run: the API server would take it. Nothing was changed.\n' : 'Done.\n');
}
