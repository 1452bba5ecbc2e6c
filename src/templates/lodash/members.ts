import { quoted } from '../../quote.ts';
import { Fault } from '../template-error.ts';
import { encodingOf } from './encodings.ts';
import { LIST_METHODS, NUMBER_METHODS, STRING_METHODS } from './methods.ts';
import { isList, isObject, type Js, kindOf, Namespace, Native } from './values.ts';

const INDEX = /^(?:0|[1-9][0-9]{0,15})$/;

/** The name of a member, and how a message calls it. */
interface Key {
  readonly name: string;
  readonly shown: string;
}

type Methods<T> = Readonly<Record<string, (subject: T, args: readonly Js[], call: never) => Js>>;

function unsupported({ shown }: Key, of: Js): Fault {
  return new Fault(`${shown} of ${kindOf(of)} is not supported`, 'docs/templates.md lists what there is.');
}

function method<T extends Js>(subject: T, key: Key, methods: Methods<T>): Native {
  const found = Object.hasOwn(methods, key.name) ? methods[key.name] : undefined;
  if (found === undefined) throw unsupported(key, subject);
  return new Native((args, call) => found(subject, args, call as never));
}

function memberOfSequence<T extends string | readonly Js[]>(subject: T, key: Key, methods: Methods<T>): Js {
  if (key.name === 'length') return subject.length;
  return INDEX.test(key.name) ? subject[Number(key.name)] : method(subject, key, methods);
}

function memberOfBuffer(subject: Buffer, key: Key): Js {
  if (key.name === 'length') return subject.length;
  if (key.name !== 'toString') throw unsupported(key, subject);
  return new Native(([encoding], { budget }) => {
    budget.string(subject.length * 2);
    return subject.toString(encodingOf(encoding));
  });
}

/**
 * `value[name]`. Only own keys, and only the methods that are listed: no prototype is ever asked. A name that the
 * template computes may be a value, so that messages have it only where it is `literal`.
 */
export function memberOf(value: Js, name: string, literal: boolean): Js {
  const key = { name, shown: literal ? quoted(name, 40) : 'a key' };
  if (isObject(value)) return value.get(name);
  if (typeof value === 'string') return memberOfSequence(value, key, STRING_METHODS);
  if (isList(value)) return memberOfSequence(value, key, LIST_METHODS);
  if (typeof value === 'number') return method(value, key, NUMBER_METHODS);
  if (Buffer.isBuffer(value)) return memberOfBuffer(value, key);
  if (value instanceof Namespace) return memberOfNamespace(value, key);
  if (value !== null && value !== undefined) throw unsupported(key, value);
  throw new Fault(
    `${key.shown} of ${String(value)} is asked for`,
    'Correct the key, or write ?. where it may be missing.',
  );
}

function memberOfNamespace({ name, members }: Namespace, key: Key): Js {
  if (Object.hasOwn(members, key.name)) return members[key.name];
  throw new Fault(`${name}.${key.shown} is not supported`, 'docs/templates.md lists what there is.');
}
