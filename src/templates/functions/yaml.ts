import { yaml } from '../format/yaml.ts';
import { fromYaml } from '../values/from-yaml.ts';
import { decodeUtf8, isUtf8 } from '../values/utf8.ts';
import { Fault } from '../template-error.ts';
import { any, type FunctionTable, takes, text } from './signature.ts';

/** What only ESO has. */
export const YAML_FUNCTIONS: FunctionTable = {
  toYaml: takes([any], ([value], budget) => yaml(value, budget).replace(/\n$/, '')),
  fromYaml: takes([text], ([bytes], budget) => {
    if (!isUtf8(bytes)) throw new Fault('the text is not UTF-8');
    return fromYaml(decodeUtf8(bytes), budget);
  }),
};
