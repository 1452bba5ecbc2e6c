import { quoted } from '../quote.ts';

const NAME = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** One problem for each name among the values of these flags that cannot be an object's. */
export function badNames<F extends string>(
  values: Readonly<Partial<Record<F, unknown>>>,
  flags: readonly F[],
): readonly string[] {
  return flags.flatMap((flag) =>
    [values[flag] ?? []]
      .flat()
      .map(String)
      .filter((name) => !NAME.test(name))
      .map((name) => `--${flag}: ${quoted(name)} cannot name a Kubernetes object`),
  );
}
