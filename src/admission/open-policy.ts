import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import type { Log } from '../telemetry/log.ts';
import { createPolicySource, type PolicySource } from './policy-source.ts';

export interface OpenPolicyOptions {
  readonly config: Pick<Config, 'policyFile'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The policy of `--policy-file`; undefined without that flag. One that cannot be read at start ends the start: a roll-out stops
 * there, with the old replicas still running.
 *
 * @throws LatchkeyError LK-CONFIG
 */
export async function openPolicy({
  config: { policyFile },
  clock,
  log,
}: OpenPolicyOptions): Promise<PolicySource | undefined> {
  if (policyFile === undefined) {
    return undefined;
  }
  const source = createPolicySource({
    file: policyFile,
    clock,
    onLoad(policy) {
      if (policy.kind === 'unreadable') {
        log.error(
          { reason: printable(policy.reason, 500) },
          'the policy is unreadable: every pod that asks is refused',
        );
      } else {
        log.info({ rules: policy.rules.length }, 'policy loaded');
      }
    },
  });
  const policy = await source.current();
  if (policy.kind === 'unreadable') {
    throw new LatchkeyError(
      'LK-CONFIG',
      `the policy file ${printable(policyFile)}: ${policy.reason}`,
      'Check --policy-file.',
    );
  }
  return source;
}
