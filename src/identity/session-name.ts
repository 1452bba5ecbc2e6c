import { createHash } from 'node:crypto';

export interface SessionNameParts {
  /** `--cluster-name`, where the operator gave one. */
  readonly cluster?: string | undefined;
  readonly namespace: string;
  readonly serviceAccount: string;
}

// STS: 2 to 64 characters of [\w+=,.@-].
const MAX = 64;
const HASH = 8;
const FOREIGN = /[^\w+=.@-]/g;

/**
 * The session's name, as CloudTrail shows it: `cluster,namespace,service-account`. What does not fit, or holds other
 * characters than STS takes, is shortened evenly and gets a hash of the whole, so that two identities never share a name.
 */
export function sessionName({ cluster, namespace, serviceAccount }: SessionNameParts): string {
  const given = cluster === undefined ? [namespace, serviceAccount] : [cluster, namespace, serviceAccount];
  const parts = given.map((part) => part.replace(FOREIGN, '-'));
  const plain = parts.join(',');
  if (plain.length <= MAX && parts.every((part, index) => part === given[index])) return plain;

  const hash = createHash('sha256').update(JSON.stringify(given)).digest('hex').slice(0, HASH);
  const room = MAX - HASH - 1;
  return `${shorten(parts, room - parts.length + 1).join(',')}-${hash}`;
}

/** Cuts the longest part, again and again, until all together have `room` characters. */
function shorten(parts: readonly string[], room: number): readonly string[] {
  let lengths = parts.map((part) => part.length);
  const sum = (): number => lengths.reduce((a, b) => a + b, 0);
  while (sum() > room) {
    const longest = lengths.indexOf(Math.max(...lengths));
    lengths = lengths.map((length, index) => (index === longest ? length - 1 : length));
  }
  return parts.map((part, index) => part.slice(0, lengths[index]));
}
