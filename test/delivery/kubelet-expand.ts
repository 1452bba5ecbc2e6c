/**
 * How the kubelet expands `env[].value`: from left to right; `$$` is one `$`; `$(NAME)` is the variable if it is known
 * and stays as it stands otherwise; every other `$` is itself.
 */
export function expand(value: string, variables: ReadonlyMap<string, string>): string {
  const rules = /\$\$|\$\(([^)]*)\)|\$/g;
  return value.replace(rules, (found: string, name: string | undefined) => {
    if (found === '$$') return '$';
    return name === undefined ? found : (variables.get(name) ?? found);
  });
}
