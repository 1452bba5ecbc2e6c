import type { KesSpec, KesTemplateText } from '../../definitions/kes/spec.ts';
import { itemsOf } from '../../definitions/kes/questions.ts';
import { LatchkeyError } from '../../errors.ts';
import type { Path } from '../../manifests/node-path.ts';
import type { Difference } from '../differences.ts';
import { unwrapBase64 } from '../templates/base64-text.ts';
import type { Formula } from '../templates/formula.ts';
import { lodashFormula } from '../templates/lodash-formula.ts';
import { type GoText, goText } from './go-text.ts';
import { map, text, type Tree } from './tree.ts';

/** One thing that was looked at in a definition. */
export interface Told {
  readonly path: Path;
  readonly what: string;
  readonly status: 'converted' | 'kept' | 'note';
  readonly text: string;
  readonly differences: readonly Difference[];
}

export interface NewTemplate {
  /** Absent where ESO needs none. */
  readonly tree?: Tree;
  readonly told: readonly Told[];
}

interface Reading {
  readonly spec: KesSpec;
  /** Of `spec` or `secretDescriptor`. */
  readonly at: Path;
  readonly told: Told[];
}

type Part = 'labels' | 'annotations' | 'data' | 'stringData';

/** A text as a Go template; undefined where there is none, which is told. */
function newText(
  { told }: Reading,
  { name, value }: KesTemplateText,
  part: Part,
  path: Path,
): Tree | undefined {
  const what = `template.${part}.${name}`;
  try {
    const made = part === 'data' ? dataText(lodashFormula(value)) : goText(lodashFormula(value));
    told.push({ path, what, status: 'converted', text: made.text, differences: made.differences });
    return text(made.text, path);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    told.push({
      path,
      what,
      status: 'kept',
      text: `${error.message}. ${error.remedy}`.trimEnd(),
      differences: [],
    });
    return undefined;
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** KES takes base64 there, and ESO text; bytes that are no text stay in base64, which the template decodes. */
function dataText(formula: Formula): GoText {
  const [only] = formula;
  const base64 = formula.length === 1 && typeof only === 'string' ? only.replaceAll(/[\t\n\r ]/g, '') : '';
  try {
    return goText(unwrapBase64(formula));
  } catch (error) {
    if (base64 === '' || !BASE64.test(base64)) throw error;
    return { text: `{{ ${JSON.stringify(base64)} | b64dec }}`, differences: [] };
  }
}

function pathIn({ at }: Reading, part: Part, name: string): Path {
  const inner = part === 'labels' || part === 'annotations' ? ['metadata', part] : [part];
  return [...at, 'template', ...inner, name];
}

function texts(
  reading: Reading,
  part: Part,
  kept: readonly KesTemplateText[],
): readonly (readonly [string, Tree])[] {
  return kept.flatMap((each) => {
    const tree = newText(reading, each, part, pathIn(reading, part, each.name));
    return tree === undefined ? [] : [[each.name, tree] as const];
  });
}

function mapping(entries: readonly (readonly [string, Tree])[], from: Path): Tree | undefined {
  return entries.length === 0 ? undefined : { kind: 'map', entries, from };
}

/** Of `template.data`, what is not fetched: KES never looks at the rest. */
function dataTexts(reading: Reading): readonly KesTemplateText[] {
  const { spec, told } = reading;
  const fetched = new Set(itemsOf(spec).flatMap((item) => (item.kind === 'key' ? [item.name] : [])));
  const above = new Set(spec.template.stringData.map(({ name }) => name));
  return spec.template.data.filter(({ name }) => {
    if (!fetched.has(name) && !above.has(name)) return true;
    const why = fetched.has(name) ? 'the key is fetched' : 'stringData has the key';
    told.push({
      path: pathIn(reading, 'data', name),
      what: `template.data.${name}`,
      status: 'note',
      text: `left out: ${why}, and KES never looks at this`,
      differences: [],
    });
    return false;
  });
}

/**
 * The template of a KES definition as one of ESO. Fetched keys stay in the Secret, as KES keeps them; and labels and
 * annotations of the definition do not come along, as KES copies none.
 *
 * @param isLabelled whether the definition has labels or annotations
 */
export function newTemplate(spec: KesSpec, at: Path, isLabelled: boolean): NewTemplate {
  const reading: Reading = { spec, at, told: [] };
  const { template, type } = spec;
  const labels = mapping(texts(reading, 'labels', template.labels), [
    ...at,
    'template',
    'metadata',
    'labels',
  ]);
  const annotations = mapping(texts(reading, 'annotations', template.annotations), [
    ...at,
    'template',
    'metadata',
    'annotations',
  ]);
  const below = texts(reading, 'data', dataTexts(reading));
  const above = texts(reading, 'stringData', template.stringData);
  const data = mapping([...above, ...below], [...at, 'template', above.length > 0 ? 'stringData' : 'data']);
  const hasMembers = itemsOf(spec).some(({ kind }) => kind !== 'key');
  if (below.length > 0 && hasMembers) addDifference(reading);
  const hasType = type.value !== 'Opaque';
  const needed = [labels, annotations, data].some((part) => part !== undefined) || hasType || isLabelled;
  if (!needed) return { told: reading.told };
  return {
    told: reading.told,
    tree: map(
      {
        engineVersion: text('v2'),
        mergePolicy: data === undefined ? undefined : text('Merge'),
        type: hasType ? text(type.value, typePath(spec, at)) : undefined,
        metadata:
          labels === undefined && annotations === undefined
            ? undefined
            : map({ labels, annotations }, [...at, 'template', 'metadata']),
        data,
      },
      [...at, 'template'],
    ),
  };
}

function typePath({ legacy }: KesSpec, at: Path): Path {
  return legacy.includes('type') ? [...at, 'type'] : [...at, 'template', 'type'];
}

function addDifference({ told, at }: Reading): void {
  told.push({
    path: [...at, 'template', 'data'],
    what: 'template.data',
    status: 'converted',
    text: 'below template.data',
    differences: ['to-eso-data'],
  });
}
