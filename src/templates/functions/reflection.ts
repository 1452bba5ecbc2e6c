import { deepEqual } from '../values/equality.ts';
import { kindName, typeName } from '../values/value.ts';
import { any, type FunctionTable, takes, text } from './signature.ts';

export const REFLECTION: FunctionTable = {
  typeOf: takes([any], ([value]) => typeName(value)),
  typeIs: takes([text, any], ([type, value]) => type === typeName(value)),
  typeIsLike: takes(
    [text, any],
    ([type, value]) => type === typeName(value) || `*${type}` === typeName(value),
  ),
  kindOf: takes([any], ([value]) => kindName(value)),
  kindIs: takes([text, any], ([kind, value]) => kind === kindName(value)),
  deepEqual: takes([any, any], ([a, b], budget) => deepEqual(a, b, budget)),
};
