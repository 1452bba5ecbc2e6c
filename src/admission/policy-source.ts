import { readFile, stat } from 'node:fs/promises';

import type { Clock } from '../clock.ts';
import { describe } from '../errors.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import { parsePolicy } from '../policy/policy-file.ts';

/** How long a policy is used before its file is looked at again. */
const LOOK_EVERY_MS = 5_000;

/** The operator's policy as its file says it now. */
export interface PolicySource {
  /** Never throws: a file that is gone, cannot be read or is wrong is an unreadable policy, which refuses everything. */
  current(): Promise<Policy | UnreadablePolicy>;
}

export interface PolicySourceOptions {
  /** `--policy-file`; in a cluster a mounted ConfigMap, whose files change by a swapped link. */
  readonly file: string;
  readonly clock: Clock;
  /** Called for the first policy and for each one that differs, for the log. */
  readonly onLoad?: (policy: Policy | UnreadablePolicy) => void;
}

interface Loaded {
  readonly stamp: string;
  readonly policy: Policy | UnreadablePolicy;
}

/** Looks at the file when it is asked and some seconds have passed; reads it when inode, size or time differ. */
export function createPolicySource({ file, clock, onLoad }: PolicySourceOptions): PolicySource {
  let loaded: Loaded | undefined;
  let lookedAt = -Infinity;
  let looking: Promise<Policy | UnreadablePolicy> | undefined;

  async function look(): Promise<Policy | UnreadablePolicy> {
    const stamp = await stampOf(file);
    if (loaded === undefined || loaded.stamp !== stamp) {
      loaded = { stamp, policy: await readPolicy(file) };
      onLoad?.(loaded.policy);
    }
    lookedAt = clock.now();
    return loaded.policy;
  }

  return {
    async current() {
      if (loaded !== undefined && clock.now() - lookedAt < LOOK_EVERY_MS) return loaded.policy;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
  };
}

async function stampOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return [ino, size, mtimeNs].join(':');
  } catch {
    return 'gone';
  }
}

async function readPolicy(file: string): Promise<Policy | UnreadablePolicy> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return { kind: 'unreadable', reason: 'the file is not there or not readable' };
  }
  const parsed = parsePolicy(text);
  return 'kind' in parsed ? parsed : { kind: 'unreadable', reason: parsed.map(describe).join(' ') };
}
