import type { Life } from './history.ts';
import { secretsOf } from './objects.ts';

/** The pods that name no Secret, or stood for a moment while one that they name did not: why, one text each. */
export function podsWithout(pods: readonly Life[], secrets: readonly Life[]): readonly string[] {
  const byName = Map.groupBy(secrets, ({ object }) => String(object.metadata.name));
  return pods.flatMap((pod) => {
    const { name } = pod.object.metadata;
    const named = secretsOf(pod.object);
    if (named.length === 0) return [`${name} names no Secret`];
    const missing = named.filter((secret) => !byName.get(secret)?.some((life) => covers(life, pod)));
    return missing.map((secret) => `${name} stood without ${secret}`);
  });
}

function covers(secret: Life, pod: Life): boolean {
  if (secret.from >= pod.from) return false;
  return secret.to === undefined || (pod.to !== undefined && pod.to < secret.to);
}
