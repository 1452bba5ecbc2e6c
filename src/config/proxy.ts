import type { Environment } from '../commands/command.ts';
import { readValue } from './kinds.ts';

/** As Node's agents take it. */
export type Proxy = Readonly<Partial<Record<'HTTPS_PROXY' | 'HTTP_PROXY' | 'NO_PROXY', string>>>;

/**
 * The proxy for calls to AWS, where Node's own switch for these variables is on: other webhooks add proxy variables to pods
 * without being asked. Calls to the API server never go through it.
 */
export function readProxy(env: Environment): {
  readonly proxy: Proxy | undefined;
  readonly problems: readonly string[];
} {
  if (env['NODE_USE_ENV_PROXY'] !== '1') return { proxy: undefined, problems: [] };
  const problems: string[] = [];
  const urls = (['HTTPS_PROXY', 'HTTP_PROXY'] as const).flatMap((name): (readonly [string, string])[] => {
    const text = env[name] ?? '';
    if (text === '') return [];
    const result = readValue({ name, kind: 'url', commands: [], help: '' }, text);
    if (!result.ok) problems.push(`${name}: expected ${result.expected}`);
    return [[name, text]];
  });
  const none = env['NO_PROXY'] ?? '';
  const entries = [...urls, ...(none === '' ? [] : [['NO_PROXY', none] as const])];
  return { proxy: urls.length === 0 ? undefined : Object.freeze(Object.fromEntries(entries)), problems };
}
