import { checkSecretKey } from '../secret-key.ts';
import type {
  TemplateItem,
  TemplateSource,
  TemplateSpec,
  TemplateTarget,
  TemplateTexts,
} from './external-secret.ts';
import { DECODINGS, TEMPLATE_TARGETS } from './external-secret.ts';
import { checkMetadataKey } from './metadata.ts';
import type { MetadataKind } from './metadata.ts';
import { isObjectName, OBJECT_NAME_RULE } from './object-name.ts';
import type { ObjectReader } from './object-reader.ts';
import { checkTemplate } from './template-engine.ts';
import { MOST_TEMPLATES, templateCount } from './template-budget.ts';

const SOURCES = ['configMap', 'secret', 'literal'] as const;

/** Which field of the Secret; External Secrets Operator does not look at its case. */
function readTarget(reader: ObjectReader): TemplateTarget {
  const written = reader.text('target') ?? '';
  const known = TEMPLATE_TARGETS.find((target) => target.toLowerCase() === written.toLowerCase());
  return known ?? reader.choice('target', TEMPLATE_TARGETS, 'Data');
}

function readItem(reader: ObjectReader): readonly TemplateItem[] {
  const key = reader.required('key', 'Name the key whose text is the template.');
  const as = reader.choice('templateAs', ['Values', 'KeysAndValues'], 'Values');
  return key === undefined ? [] : [{ key, as }];
}

function readObject(reader: ObjectReader): {
  readonly name: string;
  readonly items: readonly TemplateItem[];
} {
  const name = reader.required('name', 'Name the object of the same namespace.') ?? '';
  if (name !== '' && !isObjectName(name)) {
    reader.note('name', { message: 'it is no name of an object', remedy: OBJECT_NAME_RULE });
  }
  return { name, items: reader.objects('items').flatMap(readItem) };
}

/** One entry of `templateFrom`: as many sources as it has, in the order in which they are applied. */
function readSources(reader: ObjectReader): readonly TemplateSource[] {
  const common = {
    target: readTarget(reader),
    decoding: reader.choice('valuesDecodingStrategy', DECODINGS, 'None'),
  };
  const written = SOURCES.filter((source) => reader.has(source));
  if (written.length === 0) {
    reader.note(undefined, {
      message: 'it names no template',
      remedy: `Write one of ${SOURCES.join(', ')}.`,
    });
  }
  return written.flatMap((source): readonly TemplateSource[] => {
    const place = reader.place(source);
    if (source === 'literal') {
      const text = reader.text('literal') ?? '';
      checkTemplate(reader, 'literal', text);
      return [{ ...common, kind: 'literal', text, place }];
    }
    const object = reader.object(source);
    const kind = source === 'secret' ? 'Secret' : 'ConfigMap';
    return object === undefined ? [] : [{ ...common, kind, ...readObject(object), place }];
  });
}

function readTexts(reader: ObjectReader | undefined, name: string): TemplateTexts {
  const texts = reader?.textMap(name) ?? new Map<string, string>();
  for (const [key, text] of texts) if (reader !== undefined) checkTemplate(reader, `${name}[${key}]`, text);
  return texts;
}

function readMetadata(reader: ObjectReader | undefined, kind: MetadataKind): TemplateTexts {
  const name = `${kind}s`;
  const texts = readTexts(reader, name);
  for (const key of texts.keys()) reader?.attempt(`${name}[${key}]`, () => checkMetadataKey(kind, key));
  return texts;
}

function readData(reader: ObjectReader): TemplateTexts {
  const data = readTexts(reader, 'data');
  for (const key of data.keys()) reader.attempt(`data[${key}]`, () => checkSecretKey(key));
  return data;
}

/** `target.template`. */
export function readTemplate(reader: ObjectReader): TemplateSpec {
  const engine = reader.text('engineVersion');
  if (engine !== undefined && engine !== '' && engine !== 'v2') {
    reader.note('engineVersion', {
      message: 'only engine v2 is known',
      remedy: 'Write the template for v2, the only engine that v1 of the API has.',
    });
  }
  const metadata = reader.object('metadata');
  const template: TemplateSpec = {
    type: reader.text('type') ?? '',
    merge: reader.choice('mergePolicy', ['Replace', 'Merge'], 'Replace') === 'Merge',
    sources: reader.objects('templateFrom').flatMap(readSources),
    data: readData(reader),
    labels: readMetadata(metadata, 'label'),
    annotations: readMetadata(metadata, 'annotation'),
    place: reader.place(),
  };
  const count = templateCount(template);
  if (count > MOST_TEMPLATES) {
    reader.note(undefined, {
      code: 'LK-LIMIT',
      message: `there are ${count} templates`,
      remedy: `Write at most ${MOST_TEMPLATES}.`,
    });
  }
  return template;
}
