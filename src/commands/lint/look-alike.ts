import { PREFIX } from '../../names.ts';
import { nearest } from '../../nearest.ts';

const DOMAIN = PREFIX.slice(0, -1);
const NAME = 'latchkey';

/**
 * What somebody most likely meant by an annotation's or label's key that only looks like ours: `latchkey.io/env.X`,
 * `latchkeys.dev/env.X`, `latchkey.dev.env.X`. The webhook is never called for such a pod, so nobody else says it.
 */
export function meantKey(key: string): string | undefined {
  if (key.startsWith(PREFIX)) return undefined;
  const slash = key.indexOf('/');
  const domain = (slash === -1 ? key : key.slice(0, slash)).toLowerCase();
  if (domain.startsWith(`${DOMAIN}.`) && slash === -1) return PREFIX + key.slice(DOMAIN.length + 1);
  const [first = ''] = domain.split('.');
  const similar = nearest(first, [NAME]) === NAME || domain.endsWith(DOMAIN);
  return similar ? PREFIX + (slash === -1 ? '' : key.slice(slash + 1)) : undefined;
}
