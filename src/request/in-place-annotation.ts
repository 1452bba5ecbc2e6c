// The annotation `in-place`: what was asked in place, so that a pod that went through us can be brought back to what its
// author wrote. Anyone can write it. It says nothing about identity and is believed only where the container carries a
// variable of ours under the very slot that it names; all it can do is ask for something, as its author may anyway.

/** Container and variable to references. Maps, because both names are the author's. */
export type AskedInPlace = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
}

interface Row {
  readonly container: string;
  readonly variable: string;
  readonly references: readonly string[];
}

function rowOf(container: unknown, variable: unknown, references: unknown): readonly Row[] {
  if (typeof container !== 'string' || typeof variable !== 'string' || !isTexts(references)) return [];
  return [{ container, variable, references }];
}

/** Both spellings say the same: a list of rows, and a map of containers to variables. */
function rowsOf(value: unknown): readonly Row[] {
  if (Array.isArray(value)) {
    return value.flatMap((row) =>
      isRecord(row) ? rowOf(row['container'], row['variable'], row['references']) : [],
    );
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([container, variables]) =>
    isRecord(variables)
      ? Object.entries(variables).flatMap(([variable, references]) => rowOf(container, variable, references))
      : [],
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads `[{"container":"app","variable":"URL","references":["ssm:/name"]}]` or `{"app":{"URL":["ssm:/name"]}}`. What has
 * another shape is left out.
 */
export function readInPlaceAnnotation(text: string): AskedInPlace {
  const asked = new Map<string, Map<string, readonly string[]>>();
  for (const { container, variable, references } of rowsOf(parse(text))) {
    const variables = asked.get(container) ?? new Map<string, readonly string[]>();
    variables.set(variable, references);
    asked.set(container, variables);
  }
  return asked;
}
