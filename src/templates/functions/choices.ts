import { isTrue } from '../values/truth.ts';
import { any, bool, type FunctionTable, takes, takesMore } from './signature.ts';

export const CHOICES: FunctionTable = {
  default: takesMore([any], any, ([otherwise], [given = null]) => (isTrue(given) ? given : otherwise)),
  empty: takes([any], ([value]) => !isTrue(value)),
  coalesce: takesMore([], any, (_, values) => values.find(isTrue) ?? null),
  ternary: takes([any, any, bool], ([yes, no, condition]) => (condition ? yes : no)),
  all: takesMore([], any, (_, values) => values.every(isTrue)),
  any: takesMore([], any, (_, values) => values.some(isTrue)),
};
