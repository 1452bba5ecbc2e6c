import type { Config } from '../config/config.ts';
import type { Pause } from '../controller/pause.ts';
import { LatchkeyError } from '../errors.ts';
import type { OwnTokens } from '../kubernetes/kubernetes.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { requestForbiddenToken } from './forbidden-token.ts';
import type { ReadyCheck } from './health.ts';

export interface TokenCheckOptions {
  readonly kubernetes: OwnTokens;
  /** `with-account`: who calls as no service account needs no check. */
  readonly mode: Exclude<Config['tokenCheck'], 'off'>;
  readonly pause: Pause;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'tokenCheck'>;
}

/**
 * RBAC cannot say for which audience a token may be requested; only an admission policy can. So `serve` asks for a token
 * that such a policy forbids, and is not ready before that was refused.
 */
export interface TokenCheck {
  /** Undefined from the first pass on: to leave pods waiting for a policy that went later would bound nobody. */
  readonly ready: ReadyCheck;
  /** Asks again and again, until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
const EVERY_MS = 300_000;

/** Why nothing is checked, for the log; undefined where it is. */
export function uncheckedBecause({ tokenCheck, storeFile, identity, adoption }: Config): string | undefined {
  if (tokenCheck === 'off') return '--token-check=off';
  if (storeFile !== undefined) return 'with --store-file no token is requested';
  // Stores of definitions may name service accounts, whatever `--identity` says.
  if (identity === 'pod' || adoption !== undefined) return undefined;
  return 'with --identity=controller no token is requested';
}

export function createTokenCheck(options: TokenCheckOptions): TokenCheck {
  const { kubernetes, mode, pause, log, metrics } = options;
  let waitsFor: string | undefined = 'not made yet';
  let told: string | undefined;

  /** One line for each change, not for each look. */
  function tell(state: string, write: () => void): void {
    if (state !== told) write();
    told = state;
  }

  function pass(): void {
    waitsFor = undefined;
    metrics.tokenCheck(true);
    tell('passed', () => log.info({}, 'token check passed'));
  }

  function fail(err: LatchkeyError): void {
    if (waitsFor !== undefined) waitsFor = `${err.message} [${err.code}]`;
    metrics.tokenCheck(false);
    tell(err.message, () => log.error({ err, remedy: err.remedy }, 'token check failed'));
  }

  /** Nothing is known then, and what was known stays. */
  function miss(error: unknown): void {
    const err = error instanceof Error ? error : undefined;
    tell(err?.message ?? '', () => log.warn({ err }, 'token check not possible'));
  }

  /** @returns whether it has to be made again */
  async function look(signal: AbortSignal): Promise<boolean> {
    const outcome = await requestForbiddenToken(kubernetes, signal);
    if (outcome === 'refused') {
      pass();
      return true;
    }
    if (mode === 'required') throw noAccount();
    waitsFor = undefined;
    log.info({ reason: NO_ACCOUNT }, 'token check skipped');
    return false;
  }

  return {
    ready: () => waitsFor,
    async run(signal) {
      let retryMs = FIRST_RETRY_MS;
      while (!signal.aborted) {
        try {
          if (!(await look(signal))) return;
          retryMs = FIRST_RETRY_MS;
          await pause(EVERY_MS, signal);
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof LatchkeyError && error.code === 'LK-TOKEN-CHECK') fail(error);
          else miss(error);
          await pause(retryMs, signal);
          retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        }
      }
    },
  };
}

const NO_ACCOUNT = 'Latchkey calls the API server as no service account';

function noAccount(): LatchkeyError {
  return new LatchkeyError(
    'LK-TOKEN-CHECK',
    `${NO_ACCOUNT}, so no policy can be seen to bound it`,
    'Run it with a service account of its own, or start it with --token-check=off.',
  );
}
