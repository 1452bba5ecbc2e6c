import { Fault } from '../template-error.ts';
import { type Call, isList, isTruthy, type Js, toNumber, toText } from './values.ts';
import { replaced, split } from './patterns.ts';

type Method<T> = (subject: T, args: readonly Js[], call: Call) => Js;

function textAt(args: readonly Js[], index: number, { budget }: Call): string {
  return toText(args[index], budget);
}

function numberAt(args: readonly Js[], index: number): number | undefined {
  const value = args[index];
  return value === undefined ? undefined : toNumber(value);
}

function padded(side: 'padStart' | 'padEnd'): Method<string> {
  return (subject, args, call) => {
    const length = numberAt(args, 0) ?? 0;
    call.budget.string(length);
    const filler = args[1] === undefined ? ' ' : textAt(args, 1, call);
    return side === 'padStart' ? subject.padStart(length, filler) : subject.padEnd(length, filler);
  };
}

function repeated(subject: string, args: readonly Js[], { budget }: Call): string {
  const count = Math.trunc(numberAt(args, 0) ?? 0) || 0;
  if (count < 0 || !Number.isFinite(count)) throw new Fault('a text is repeated a number of times from 0 up');
  budget.string(subject.length * count);
  return subject.repeat(count);
}

export const STRING_METHODS: Readonly<Record<string, Method<string>>> = {
  toString: (subject: string) => subject,
  trim: (subject) => subject.trim(),
  trimStart: (subject) => subject.trimStart(),
  trimEnd: (subject) => subject.trimEnd(),
  toUpperCase: (subject) => subject.toUpperCase(),
  toLowerCase: (subject) => subject.toLowerCase(),
  charAt: (subject, args) => subject.charAt(numberAt(args, 0) ?? 0),
  slice: (subject, args) => subject.slice(numberAt(args, 0), numberAt(args, 1)),
  substring: (subject, args) => subject.substring(numberAt(args, 0) ?? 0, numberAt(args, 1)),
  includes: (subject, args, call) => subject.includes(textAt(args, 0, call)),
  startsWith: (subject, args, call) => subject.startsWith(textAt(args, 0, call)),
  endsWith: (subject, args, call) => subject.endsWith(textAt(args, 0, call)),
  indexOf: (subject, args, call) => subject.indexOf(textAt(args, 0, call)),
  lastIndexOf: (subject, args, call) => subject.lastIndexOf(textAt(args, 0, call)),
  concat: (subject, args, call) => subject.concat(...args.map((_, index) => textAt(args, index, call))),
  repeat: repeated,
  padStart: padded('padStart'),
  padEnd: padded('padEnd'),
  replace: (subject, args, call) => replaced(subject, args, call.budget, false),
  replaceAll: (subject, args, call) => replaced(subject, args, call.budget, true),
  split: (subject, args, call) => split(subject, args, call.budget),
};

/** Each element through a function of the template, with its index. */
function each(subject: readonly Js[], [callback]: readonly Js[], call: Call): readonly Js[] {
  call.budget.elements(subject.length);
  return subject.map((item, index) => call.invoke(callback, [item, index, subject]));
}

function joined(subject: readonly Js[], args: readonly Js[], call: Call): string {
  const separator = args[0] === undefined ? ',' : textAt(args, 0, call);
  const parts = subject.map((item) => toText(item ?? '', call.budget));
  call.budget.string(parts.reduce((sum, part) => sum + part.length + separator.length, 0));
  return parts.join(separator);
}

function found(subject: readonly Js[], args: readonly Js[], call: Call): number {
  return subject.findIndex((item, index) => isTruthy(call.invoke(args[0], [item, index, subject])));
}

export const LIST_METHODS: Readonly<Record<string, Method<readonly Js[]>>> = {
  toString: (subject: readonly Js[], _: readonly Js[], { budget }: Call) => toText(subject, budget),
  join: joined,
  forEach: (subject, args, call) => {
    each(subject, args, call);
    return undefined;
  },
  map: each,
  filter: (subject, args, call) => {
    const kept = each(subject, args, call);
    return subject.filter((_, index) => isTruthy(kept[index]));
  },
  find: (subject, args, call) => subject[found(subject, args, call)],
  some: (subject, args, call) => found(subject, args, call) !== -1,
  every: (subject, args, call) => each(subject, args, call).every(isTruthy),
  slice: (subject, args) => subject.slice(numberAt(args, 0), numberAt(args, 1)),
  concat: (subject, args, { budget }) => {
    const all = subject.concat(...args.map((arg) => (isList(arg) ? arg : [arg])));
    budget.elements(all.length);
    return all;
  },
  includes: (subject, args) => subject.includes(args[0]),
  indexOf: (subject, args) => subject.indexOf(args[0]),
  reverse: (subject) => subject.toReversed(),
};

function radix(args: readonly Js[]): number {
  const base = numberAt(args, 0) ?? 10;
  if (base < 2 || base > 36) throw new Fault('a base of a number is from 2 to 36');
  return base;
}

export const NUMBER_METHODS: Readonly<Record<string, Method<number>>> = {
  toString: (subject: number, args: readonly Js[]) => subject.toString(radix(args)),
  toFixed: (subject, args) => {
    const places = numberAt(args, 0) ?? 0;
    if (!(places >= 0 && places <= 100)) throw new Fault('a number has from 0 to 100 decimal places');
    return subject.toFixed(places);
  },
};
