import type { Test } from 'tap';
import type { FetchPod, Run } from './fetch-pod.ts';

/** Part of every value in the tests of `fetch`. */
export const CANARY = 'canary-hunter2';

/** Nothing that anybody can read outside of the volumes holds a value. */
export function leaksNothing(t: Test, run: Run): void {
  const outputs = `${run.stdout}${run.stderr}${run.terminationMessage}`;
  t.notMatch(outputs, /canary|hunter2/, 'no value in stdout, stderr or the termination message');
}

/** It ended with exit 1 and this message, in the termination message and in the log, and wrote nothing. */
export function isRefused(t: Test, pod: FetchPod, run: Run, message: RegExp): void {
  t.equal(run.code, 1, run.stderr);
  t.match(run.terminationMessage, message);
  t.match(logged(run), message, 'the log says it as well');
  t.same(pod.written(), [], 'nothing was written');
  leaksNothing(t, run);
}

/** The problems in the log, and what is no JSON as it is. */
function logged({ stderr }: Run): string {
  const textOf = (line: string): string => {
    const parsed: unknown = line.startsWith('{') ? JSON.parse(line) : undefined;
    return typeof parsed === 'object' && parsed !== null && 'problem' in parsed
      ? String(parsed.problem)
      : line;
  };
  return stderr.split('\n').map(textOf).join('\n');
}

/** What pod-identity-webhook sets for an EKS Pod Identity. */
export function identityEnv(uri: string, pod: FetchPod): Readonly<Record<string, string>> {
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: uri,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: pod.tokenFile,
  };
}
