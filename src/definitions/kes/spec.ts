// A KES definition, read and normalised: legacy forms are rewritten, defaults filled in, types checked.

import type { Problem } from '../../errors.ts';
import type { Place } from '../../request/plan.ts';
import type { KesBackend } from './backend.ts';

/** A value with where it stands. */
export interface Written<Value = string> {
  readonly value: Value;
  readonly place: Place;
}

/** What of Secrets Manager's versions is asked for. KES sends the id where there is one, else the stage. */
export interface KesVersion {
  /** `AWSCURRENT` is left out. */
  readonly stage?: string;
  readonly id?: string;
}

/** An item of `data` with `key`: one key of the Secret. */
export interface KesKeyItem {
  readonly kind: 'key';
  readonly key: string;
  /** The key in the Secret. */
  readonly name: string;
  /** As written; '' is the JSON key of that name. */
  readonly property?: string;
  readonly isBinary: boolean;
  readonly version: KesVersion;
  readonly place: Place;
}

/** An item of `data` with `path`: every parameter below it, by the last segment of its name. */
export interface KesPathItem {
  readonly kind: 'path';
  /** As written. */
  readonly path: string;
  readonly recursive: boolean;
  readonly place: Place;
}

/** An entry of `dataFrom` or `dataFromWithOptions`: every member of a JSON object. */
export interface KesMembersItem {
  readonly kind: 'members';
  readonly key: string;
  readonly version: KesVersion;
  readonly place: Place;
}

export type KesItem = KesKeyItem | KesPathItem | KesMembersItem;

/** One text of the template, by the name under which it stands there. */
export interface KesTemplateText extends Written {
  readonly name: string;
}

/** The mappings of a template whose values are texts. */
export type KesTemplatePart = 'labels' | 'annotations' | 'data' | 'stringData';

export interface KesTemplate extends Readonly<Record<KesTemplatePart, readonly KesTemplateText[]>> {
  readonly immutable: boolean;
}

/** The forms of the first releases, which KES still reads. */
export type KesLegacyForm = 'secretDescriptor' | 'properties' | 'type' | 'secretManager';

export interface KesSpec {
  /** `metadata.name`, which is also the Secret's. */
  readonly name: string;
  readonly place: Place;
  readonly backend: KesBackend;
  readonly data: readonly (KesKeyItem | KesPathItem)[];
  readonly dataFrom: readonly KesMembersItem[];
  readonly dataFromWithOptions: readonly KesMembersItem[];
  readonly roleArn?: Written;
  readonly region?: Written;
  readonly controllerId?: string;
  /** `template.type`, else `type`, else `Opaque`. */
  readonly type: Written;
  /** Empty where there is none. */
  readonly template: KesTemplate;
  /** Legacy forms that it is written in. */
  readonly legacy: readonly KesLegacyForm[];
  /** What is done differently from what its author may think. */
  readonly warnings: readonly string[];
}

export type ReadKesSpec =
  | { readonly kind: 'spec'; readonly spec: KesSpec }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };
