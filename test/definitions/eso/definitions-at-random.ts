// ExternalSecrets at random, for property tests: sound ones, and ones with a slip in them.

import fc from 'fast-check';

const name = fc.constantFrom('aws', 'params');
const text = fc.constantFrom(
  'a',
  'db',
  'a.b',
  'a.#.b',
  '@at',
  '*',
  '__proto__',
  'constructor',
  'x/y',
  'ü😀',
  'a\\.b.1',
);
const secretKey = fc.constantFrom('a', 'b', 'c.d', '__proto__', 'constructor', 'tls.crt', 'username');
const template = fc.constantFrom(
  '{{ .a }}',
  '{{ .a | b64dec }}',
  '{{ range $k, $v := . }}{{ $k }}: {{ $v | quote }}{{ "\n" }}{{ end }}',
  '{{ .a }}: {{ .a }}',
  'a: {{ .a | quote }}',
  'a: {{ .a }}',
  '{{ . | toYaml }}',
  '{{ .nope }}',
  'text',
  '',
);
const expression = fc.constantFrom('a', '(.)(.*)', '(a+)+$', '[^a-z]', '', '^');
const strategy = {
  decodingStrategy: fc.constantFrom('None', 'Base64', 'Base64URL', 'Auto'),
  conversionStrategy: fc.constantFrom('Default', 'Unicode'),
  nullBytePolicy: fc.constantFrom('Ignore', 'Fail'),
};

/** Some of the fields, or none. */
function some<Model extends Record<string, fc.Arbitrary<unknown>>>(
  model: Model,
  ...required: readonly (keyof Model & string)[]
): fc.Arbitrary<unknown> {
  return fc.record(model, { requiredKeys: [...required] });
}

function texts(values: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  return fc.dictionary(secretKey, values, { maxKeys: 3 });
}

const remoteRef = some(
  {
    key: fc.constantFrom('db', 'shop'),
    property: text,
    version: fc.constantFrom('AWSPREVIOUS', 'x', 'uuid/1'),
    metadataPolicy: fc.constantFrom('None', 'Fetch'),
    ...strategy,
  },
  'key',
);
const find = some(
  {
    path: fc.constantFrom('/shop', '/'),
    name: some({ regexp: expression }, 'regexp'),
    tags: texts(text),
    ...strategy,
  },
  'name',
);
const sourceRef = some({ storeRef: some({ name, kind: fc.constant('SecretStore') }, 'name') }, 'storeRef');
const rewrite = fc.oneof(
  some(
    {
      regexp: some(
        { source: expression, target: fc.constantFrom('', '$1', '${0}$0', 'x') },
        'source',
        'target',
      ),
    },
    'regexp',
  ),
  some(
    { transform: some({ template: fc.constantFrom('x{{ .value }}', '{{ .value | upper }}') }, 'template') },
    'transform',
  ),
  some(
    {
      merge: some(
        {
          into: fc.constant('all'),
          priority: fc.array(secretKey, { maxLength: 2 }),
          priorityPolicy: fc.constantFrom('Strict', 'IgnoreNotFound'),
          conflictPolicy: fc.constantFrom('Error', 'Ignore'),
          strategy: fc.constantFrom('Extract', 'JSON'),
        },
        'into',
      ),
    },
    'merge',
  ),
);
const dataFrom = fc.oneof(
  some({ extract: remoteRef, rewrite: fc.array(rewrite, { maxLength: 3 }), sourceRef }, 'extract'),
  some({ find, rewrite: fc.array(rewrite, { maxLength: 3 }), sourceRef }, 'find'),
);
const templateObject = some(
  {
    name: fc.constant('db'),
    items: fc.array(
      some(
        { key: fc.constantFrom('a', 'db'), templateAs: fc.constantFrom('Values', 'KeysAndValues') },
        'key',
      ),
      {
        maxLength: 2,
      },
    ),
  },
  'name',
  'items',
);
const templateFrom = fc.oneof(
  ...(['configMap', 'secret'] as const).map((kind) =>
    some({ [kind]: templateObject, target: fc.constantFrom('Data', 'labels') }, kind),
  ),
  some(
    {
      literal: template,
      target: fc.constantFrom('Data', 'Annotations', 'Labels'),
      valuesDecodingStrategy: strategy.decodingStrategy,
    },
    'literal',
  ),
);
const target = some({
  name: fc.constant('other'),
  creationPolicy: fc.constantFrom('Owner', 'Orphan', 'CreateOrMerge'),
  deletionPolicy: fc.constantFrom('Retain', 'Merge'),
  immutable: fc.boolean(),
  template: some({
    type: fc.constantFrom('Opaque', 'kubernetes.io/tls', 'kubernetes.io/basic-auth'),
    mergePolicy: fc.constantFrom('Replace', 'Merge'),
    data: texts(template),
    templateFrom: fc.array(templateFrom, { maxLength: 2 }),
    metadata: some({ labels: texts(template), annotations: texts(template) }),
  }),
});
const spec = some(
  {
    secretStoreRef: some({ name }, 'name'),
    target,
    data: fc.array(some({ secretKey, remoteRef, sourceRef }, 'secretKey', 'remoteRef'), { maxLength: 3 }),
    dataFrom: fc.array(dataFrom, { minLength: 1, maxLength: 3 }),
  },
  'secretStoreRef',
  'dataFrom',
);

const anything = fc.anything({ withNullPrototype: true, withSparseArray: true, maxDepth: 3 });

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Puts something else somewhere into an object: the numbers choose the way. */
function slipped(value: unknown, way: readonly number[], other: unknown): unknown {
  const [step = 0, ...rest] = way;
  if (way.length === 0 || typeof value !== 'object' || value === null) return other;
  if (Array.isArray(value)) {
    if (value.length === 0) return [other];
    const at = step % value.length;
    return value.with(at, slipped(value[at], rest, other));
  }
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)] ?? 'unknown';
  return isMapping(value) ? { ...value, [key]: slipped(value[key], rest, other) } : other;
}

function objectOf(written: unknown): unknown {
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db', labels: { a: 'b' }, annotations: { note: 'x' } },
    spec: written,
  };
}

/** Definitions that can be read. */
export const soundDefinition: fc.Arbitrary<unknown> = spec.map(objectOf);

/** Definitions with something else somewhere. */
export const slippedDefinition: fc.Arbitrary<unknown> = fc
  .tuple(spec, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), anything)
  .map(([written, way, other]) => objectOf(slipped(written, way, other)));
