import { Fault } from '../template-error.ts';
import { fromJson, jsonLength, toPlain } from './convert.ts';
import { encodingOf } from './encodings.ts';
import {
  type Call,
  isList,
  isObject,
  isTruthy,
  type Js,
  kindOf,
  Namespace,
  Native,
  toNumber,
  toText,
} from './values.ts';
import { yamlDump } from './yaml-dump.ts';

function parseJson([value]: readonly Js[], { budget }: Call): Js {
  const text = toText(value, budget);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's words quote the text.
    throw new Fault(
      'JSON.parse: the text is not JSON',
      'Store JSON under this key, or use the text as it is.',
    );
  }
  return fromJson(parsed, budget);
}

function stringify([value, replacer, indent]: readonly Js[], { budget }: Call): Js {
  if (replacer !== undefined && replacer !== null) {
    throw new Fault('JSON.stringify takes nothing but null as its second argument');
  }
  budget.string(jsonLength(value, budget));
  const spaces = typeof indent === 'string' || typeof indent === 'number' ? indent : undefined;
  return JSON.stringify(toPlain(value, budget), null, spaces);
}

function bufferOf([value, encoding]: readonly Js[]): Buffer {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (typeof value === 'string') return Buffer.from(value, encodingOf(encoding));
  throw new Fault(`Buffer.from takes a text, and not ${kindOf(value)}`);
}

function objectOf([value]: readonly Js[]): ReadonlyMap<string, Js> {
  if (isObject(value)) return value;
  throw new Fault(`an object is wanted, and ${kindOf(value)} is given`);
}

function ofText(run: (text: string) => Js): Native {
  return new Native(([value], { budget }) => run(toText(value, budget)));
}

function uri(run: (text: string) => string): Native {
  return ofText((text) => {
    try {
      return run(text);
    } catch {
      throw new Fault('the text cannot be encoded or decoded for a URL');
    }
  });
}

function integer([value, base]: readonly Js[], { budget }: Call): number {
  return Number.parseInt(toText(value, budget), base === undefined ? undefined : toNumber(base));
}

const dump = new Native((args, { budget }) => yamlDump(args, budget));

/** The names that every template can use. */
export const LIBRARY: Readonly<Record<string, Native | Namespace>> = {
  JSON: new Namespace('JSON', { parse: new Native(parseJson), stringify: new Native(stringify) }),
  Buffer: new Namespace('Buffer', { from: new Native(bufferOf) }),
  Object: new Namespace('Object', {
    keys: new Native((args) => [...objectOf(args).keys()]),
    values: new Native((args) => [...objectOf(args).values()]),
    entries: new Native((args) => [...objectOf(args)]),
  }),
  Array: new Namespace('Array', { isArray: new Native(([value]) => isList(value)) }),
  String: new Namespace(
    'String',
    {},
    ofText((text) => text),
  ),
  Number: new Namespace('Number', {}, new Native(([value]) => toNumber(value ?? Number.NaN))),
  Boolean: new Namespace('Boolean', {}, new Native(([value]) => isTruthy(value))),
  yaml: new Namespace('yaml', { dump, safeDump: dump }),
  parseInt: new Native(integer),
  parseFloat: ofText((text) => Number.parseFloat(text)),
  encodeURIComponent: uri(encodeURIComponent),
  decodeURIComponent: uri(decodeURIComponent),
  encodeURI: uri(encodeURI),
  decodeURI: uri(decodeURI),
};
