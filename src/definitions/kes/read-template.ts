import type { LatchkeyError } from '../../errors.ts';
import { isAnnotationKey } from '../object-metadata.ts';
import { checkSecretKey } from '../secret-key.ts';
import { TEMPLATE_FIELDS, TEMPLATE_METADATA_FIELDS } from './fields.ts';
import type { Mapping } from './shape.ts';
import { checkFields, flagAt, has, mappingAt, placeOf, textAt, wrong, wrongType } from './shape.ts';
import type { KesTemplate, KesTemplateText, Written } from './spec.ts';

export interface ReadTemplate {
  readonly template: KesTemplate;
  /** `template.type`; an empty one is none. */
  readonly type?: Written;
}

const NONE: KesTemplate = { labels: [], annotations: [], data: [], stringData: [], immutable: false };

/** What the Secret is merged into. Its texts are templates, but not `type`: KES takes it before it fills them in. */
export function readTemplate(spec: Mapping): ReadTemplate {
  const template = mappingAt(spec, 'template');
  if (template === undefined) return { template: NONE };
  checkFields(template, TEMPLATE_FIELDS);
  warnOverwritten(template, TEMPLATE_FIELDS);
  const metadata = mappingAt(template, 'metadata');
  if (metadata !== undefined) {
    checkFields(metadata, TEMPLATE_METADATA_FIELDS);
    warnOverwritten(metadata, TEMPLATE_METADATA_FIELDS);
  }
  const type = textAt(template, 'type');
  return {
    template: {
      labels: textsAt(metadata, 'labels', checkMetadataKey),
      annotations: textsAt(metadata, 'annotations', checkMetadataKey),
      data: textsAt(template, 'data', checkSecretKey),
      stringData: textsAt(template, 'stringData', checkSecretKey),
      immutable: flagAt(template, 'immutable'),
    },
    ...(type !== undefined && type !== '' && { type: { value: type, place: placeOf(template, 'type') } }),
  };
}

/** KES merges its own kind, version and name over the template's. */
function warnOverwritten(mapping: Mapping, fields: Readonly<Record<string, string>>): void {
  for (const [name, treatment] of Object.entries(fields)) {
    if (treatment === 'ignored' && has(mapping, name)) {
      mapping.findings.warn(placeOf(mapping, name), () => 'it is ignored, as KES ignores it');
    }
  }
}

function checkMetadataKey(key: string): void {
  if (isAnnotationKey(key)) return;
  throw wrong(
    'this cannot be the key of a label or annotation',
    'A key is NAME or example.com/NAME; a name has letters, digits and - _ . only, at most 63 of them.',
  );
}

function textsAt(
  parent: Mapping | undefined,
  name: string,
  checkName: (key: string) => void,
): readonly KesTemplateText[] {
  const mapping = parent === undefined ? undefined : mappingAt(parent, name);
  if (mapping === undefined) return [];
  return Object.entries(mapping.value).flatMap(([key, value]) => {
    const place = placeOf(mapping, key);
    mapping.findings.attempt(place, () => checkName(key));
    if (typeof value === 'string') return [{ name: key, value, place }];
    mapping.findings.refuse(place, (): LatchkeyError => wrongType(value, 'string'));
    return [];
  });
}
