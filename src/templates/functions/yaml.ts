import { NotYaml, yaml } from '../format/yaml.ts';
import type { Budget } from '../limits.ts';
import { fromYaml } from '../values/from-yaml.ts';
import { decodeUtf8, isUtf8 } from '../values/utf8.ts';
import type { Value } from '../values/value.ts';
import { Fault } from '../template-error.ts';
import { any, type FunctionTable, takes, text } from './signature.ts';

/** Nothing where the value cannot be written, as in ESO. */
function written(value: Value, budget: Budget): string {
  try {
    return yaml(value, budget).replace(/\n$/, '');
  } catch (error) {
    if (error instanceof NotYaml) return '';
    throw error;
  }
}

/** What only ESO has. */
export const YAML_FUNCTIONS: FunctionTable = {
  toYaml: takes([any], ([value], budget) => written(value, budget)),
  fromYaml: takes([text], ([bytes], budget) => {
    if (!isUtf8(bytes)) throw new Fault('the text is not UTF-8');
    return fromYaml(decodeUtf8(bytes), budget);
  }),
};
