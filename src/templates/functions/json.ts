import { json, type JsonOptions } from '../format/json.ts';
import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { fromJavaScript, NotJson } from '../values/from-javascript.ts';
import { decodeUtf8 } from '../values/utf8.ts';
import type { Value } from '../values/value.ts';
import { any, type FunctionTable, takes, text } from './signature.ts';

/** `undefined` for what is no JSON. The parser's error quotes its input, so nothing of it is kept. */
function parsed(bytes: string, budget: Budget): Value | undefined {
  try {
    return fromJavaScript(JSON.parse(decodeUtf8(bytes)), budget);
  } catch (error) {
    if (error instanceof Fault && !(error instanceof NotJson)) throw error;
    return undefined;
  }
}

function mustParse(bytes: string, budget: Budget): Value {
  const value = parsed(bytes, budget);
  if (value === undefined) throw new Fault('the text is not JSON', 'Give it JSON, or use the text as it is.');
  return value;
}

function writing(options: JsonOptions): FunctionTable[string] {
  return takes([any], ([value], budget) => json(value, options, budget));
}

const toJson = writing({ html: true, indent: 0 });
const toPrettyJson = writing({ html: true, indent: 2 });
const toRawJson = writing({ html: false, indent: 0 });

export const JSON_FUNCTIONS: FunctionTable = {
  fromJson: takes([text], ([bytes], budget) => parsed(bytes, budget) ?? null),
  mustFromJson: takes([text], ([bytes], budget) => mustParse(bytes, budget)),
  toJson,
  mustToJson: toJson,
  toPrettyJson,
  mustToPrettyJson: toPrettyJson,
  toRawJson,
  mustToRawJson: toRawJson,
};
