import { DIFFERS, group, listOf, refused, WORKS } from './fields.ts';
import type { Field, Fields } from './fields.ts';

const STORE_REF: Fields = { name: WORKS, kind: WORKS };

const GENERATOR: Field = refused(
  'generators make values of their own, and Latchkey only reads what AWS stores',
  'Leave this ExternalSecret to External Secrets Operator: opt its pods out, or store the value in AWS.',
);

const SOURCE_REF: Field = group({ storeRef: group(STORE_REF), generatorRef: GENERATOR });

const REMOTE_REF: Fields = {
  key: WORKS,
  version: WORKS,
  property: DIFFERS,
  metadataPolicy: WORKS,
  conversionStrategy: WORKS,
  decodingStrategy: WORKS,
  nullBytePolicy: WORKS,
};

const FIND: Fields = {
  path: WORKS,
  name: group({ regexp: WORKS }),
  tags: DIFFERS,
  conversionStrategy: WORKS,
  decodingStrategy: WORKS,
  nullBytePolicy: WORKS,
};

const REWRITE: Fields = {
  regexp: group({ source: WORKS, target: WORKS }, 'differs'),
  transform: group({ template: WORKS }, 'differs'),
  merge: group({
    into: WORKS,
    priority: WORKS,
    priorityPolicy: WORKS,
    conflictPolicy: WORKS,
    strategy: WORKS,
  }),
};

const TEMPLATE_OBJECT: Fields = { name: WORKS, items: listOf({ key: WORKS, templateAs: WORKS }) };

const TEMPLATE: Fields = {
  type: DIFFERS,
  engineVersion: WORKS,
  mergePolicy: WORKS,
  metadata: group({
    labels: WORKS,
    annotations: WORKS,
    finalizers: refused(
      'a finalizer would keep the Secret until somebody removes it, and Latchkey does not',
      'Leave finalizers out.',
    ),
  }),
  data: DIFFERS,
  templateFrom: listOf({
    configMap: group(TEMPLATE_OBJECT),
    secret: group(TEMPLATE_OBJECT),
    literal: WORKS,
    target: WORKS,
    valuesDecodingStrategy: WORKS,
  }),
};

/** `spec` of an ExternalSecret, v1 and v1beta1. */
export const EXTERNAL_SECRET_FIELDS: Fields = {
  secretStoreRef: group(STORE_REF),
  refreshPolicy: DIFFERS,
  refreshInterval: DIFFERS,
  syncWindows: DIFFERS,
  target: group({
    name: WORKS,
    creationPolicy: DIFFERS,
    deletionPolicy: DIFFERS,
    immutable: WORKS,
    manifest: refused(
      'only Secrets are made, no other kind',
      'Leave objects of other kinds to External Secrets Operator.',
    ),
    template: group(TEMPLATE),
  }),
  data: listOf({ secretKey: WORKS, remoteRef: group(REMOTE_REF), sourceRef: SOURCE_REF }),
  dataFrom: listOf({
    extract: group(REMOTE_REF),
    find: group(FIND),
    rewrite: listOf(REWRITE),
    sourceRef: SOURCE_REF,
  }),
};
