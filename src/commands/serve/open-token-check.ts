import { createTokenCheck, uncheckedBecause, type TokenCheck } from '../../admission/token-check.ts';
import type { Config } from '../../config/config.ts';
import { pause } from '../../controller/pause.ts';
import type { OwnTokens } from '../../kubernetes/kubernetes.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';

export interface TokenCheckParts {
  readonly kubernetes: OwnTokens;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Undefined where none is needed, which the log says. */
export function openTokenCheck(config: Config, parts: TokenCheckParts): TokenCheck | undefined {
  const { tokenCheck: mode } = config;
  const reason = uncheckedBecause(config);
  if (mode !== 'off' && reason === undefined) return createTokenCheck({ ...parts, mode, pause });
  parts.log.info({ reason }, 'token check skipped');
  return undefined;
}
