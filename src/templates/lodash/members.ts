import { quoted } from '../../quote.ts';
import { Fault } from '../template-error.ts';
import { encodingOf } from './encodings.ts';
import { LIST_METHODS, NUMBER_METHODS, STRING_METHODS } from './methods.ts';
import { isList, isObject, type Js, kindOf, Namespace, Native } from './values.ts';

const INDEX = /^(?:0|[1-9][0-9]{0,15})$/;

type Methods<T> = Readonly<Record<string, (subject: T, args: readonly Js[], call: never) => Js>>;

function unsupported(name: string, of: Js): Fault {
  return new Fault(
    `${quoted(name, 40)} of ${kindOf(of)} is not supported`,
    'docs/templates.md lists what there is.',
  );
}

function method<T extends Js>(subject: T, name: string, methods: Methods<T>): Native {
  const found = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (found === undefined) throw unsupported(name, subject);
  return new Native((args, call) => found(subject, args, call as never));
}

function memberOfSequence<T extends string | readonly Js[]>(
  subject: T,
  name: string,
  methods: Methods<T>,
): Js {
  if (name === 'length') return subject.length;
  return INDEX.test(name) ? subject[Number(name)] : method(subject, name, methods);
}

function memberOfBuffer(subject: Buffer, name: string): Js {
  if (name === 'length') return subject.length;
  if (name !== 'toString') throw unsupported(name, subject);
  return new Native(([encoding], { budget }) => {
    budget.string(subject.length * 2);
    return subject.toString(encodingOf(encoding));
  });
}

/** `value[name]`. Only own keys, and only the methods that are listed: no prototype is ever asked. */
export function memberOf(value: Js, name: string): Js {
  if (isObject(value)) return value.get(name);
  if (typeof value === 'string') return memberOfSequence(value, name, STRING_METHODS);
  if (isList(value)) return memberOfSequence(value, name, LIST_METHODS);
  if (typeof value === 'number') return method(value, name, NUMBER_METHODS);
  if (Buffer.isBuffer(value)) return memberOfBuffer(value, name);
  if (value instanceof Namespace && Object.hasOwn(value.members, name)) return value.members[name];
  if (value instanceof Namespace) {
    throw new Fault(
      `${value.name}.${quoted(name, 40)} is not supported`,
      'docs/templates.md lists what there is.',
    );
  }
  if (value === null || value === undefined) {
    throw new Fault(
      `${quoted(name, 40)} of ${String(value)} is asked for`,
      'Correct the key, or write ?. where it may be missing.',
    );
  }
  throw unsupported(name, value);
}
