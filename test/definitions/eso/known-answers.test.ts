// What Go's libraries say, of which External Secrets Operator is made: test/fixtures/definitions/eso-known-answers/main.go.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { decode } from '../../../src/definitions/eso/decode.ts';
import { membersOf, readDocument } from '../../../src/definitions/eso/document.ts';
import { compileExpression } from '../../../src/definitions/eso/expression.ts';
import { lookUp, searchable } from '../../../src/definitions/eso/gjson.ts';
import { merge } from '../../../src/definitions/eso/merge.ts';
import { renderedMap } from '../../../src/definitions/eso/rendered-map.ts';
import { LatchkeyError } from '../../../src/errors.ts';

interface Cases {
  readonly properties: readonly { readonly document: string; readonly paths: readonly string[] }[];
  readonly rewrites: readonly {
    readonly source: string;
    readonly target: string;
    readonly keys: readonly string[];
  }[];
  readonly objects: readonly string[];
  readonly maps: readonly string[];
  readonly altered: readonly string[];
  readonly encoded: readonly string[];
}

type Texts = Readonly<Record<string, string>>;
type Answers = Readonly<Record<string, string | null>>;

interface Known {
  readonly properties: readonly Answers[];
  readonly rewrites: readonly Texts[];
  readonly extracted: readonly (Texts | null)[];
  readonly merged: readonly (Texts | null)[];
  readonly mergedJSON: readonly (string | null)[];
  readonly maps: readonly (Texts | null)[];
  readonly altered: readonly (Texts | null)[];
  readonly base64: Answers;
  readonly base64URL: Answers;
}

const DIRECTORY = new URL('../../fixtures/definitions/eso-known-answers/', import.meta.url);
const cases = JSON.parse(readFileSync(new URL('cases.json', DIRECTORY), 'utf8')) as Cases;
const known = JSON.parse(readFileSync(new URL('answers.json', DIRECTORY), 'utf8')) as Known;

/** What a function gives, or null for what it refuses. */
function given<Result>(run: () => Result): Result | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof LatchkeyError) return null;
    throw error;
  }
}

function texts(values: ReadonlyMap<string, Uint8Array>): Texts {
  return Object.fromEntries([...values].map(([key, bytes]) => [key, Buffer.from(bytes).toString()]));
}

const EXTRACT = {
  into: '',
  priority: [],
  ignoreMissing: false,
  ignoreConflicts: false,
  strategy: 'Extract',
} as const;

for (const [index, { document, paths }] of cases.properties.entries()) {
  t.test(`gjson finds the same in document ${index}`, async (t) => {
    const search = searchable(readDocument(Buffer.from(document)));

    for (const path of paths.filter((each) => each !== '')) {
      t.equal(lookUp(search, path) ?? null, known.properties[index]?.[path], path);
    }
  });
}

for (const [index, { source, target, keys }] of cases.rewrites.entries()) {
  t.test(`Go's regexp replaces ${source} by ${target} in the same way`, async (t) => {
    const expression = compileExpression(source);

    for (const key of keys) t.equal(expression.replace(key, target), known.rewrites[index]?.[key], key);
  });
}

for (const [index, object] of cases.objects.entries()) {
  const bytes = Buffer.from(object);

  t.test(`encoding/json takes the same members out of object ${index}`, async (t) => {
    const extracted = given(() => texts(membersOf(readDocument(bytes))));

    t.same(extracted, known.extracted[index]);
  });

  t.test(`encoding/json makes the same values of the members of object ${index}`, async (t) => {
    const merged = given(() => texts(merge(EXTRACT, new Map([['key', bytes]]))));

    t.same(merged, known.merged[index]);
  });

  t.test(`encoding/json writes object ${index} in the same way`, async (t) => {
    const step = { ...EXTRACT, strategy: 'JSON', into: 'all' } as const;
    const merged = given(() => texts(merge(step, new Map([['key', bytes]])))['all']);

    t.same(merged, known.mergedJSON[index]);
  });
}

for (const [index, text] of cases.maps.entries()) {
  t.test(`sigs.k8s.io/yaml reads the same map of ${JSON.stringify(text)}`, async (t) => {
    const read = given(() =>
      Object.fromEntries(renderedMap(Buffer.from(text)).map((entry) => [entry.key, entry.text])),
    );

    t.same(read, known.maps[index]);
  });
}

for (const [index, text] of cases.altered.entries()) {
  t.test(`${JSON.stringify(text)}, which sigs.k8s.io/yaml would alter, is refused`, async (t) => {
    const read = given(() => renderedMap(Buffer.from(text)));

    t.equal(read, null);
    t.notSame(known.altered[index], { a: text.slice(3, -1) });
  });
}

/** As main.go shows bytes. */
function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(bytes) ? text : `0x${Buffer.from(bytes).toString('hex')}`;
}

for (const text of cases.encoded) {
  t.test(`encoding/base64 decodes ${JSON.stringify(text)} in the same way`, async (t) => {
    const bytes = Buffer.from(text);
    const standard = given(() => shown(decode('Base64', bytes)));
    const url = given(() => shown(decode('Base64URL', bytes)));
    const auto = shown(decode('Auto', bytes));

    t.equal(standard, known.base64[text]);
    t.equal(url, known.base64URL[text]);
    t.equal(auto, known.base64[text] ?? known.base64URL[text] ?? text);
  });
}
