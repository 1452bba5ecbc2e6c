import type { MergeRewrite, Rewrite } from './external-secret.ts';
import { checkExpression } from './expression.ts';
import type { ObjectReader } from './object-reader.ts';
import { checkTemplate } from './template-engine.ts';

/** A dozen steps are plenty; each goes over every key. */
const MOST_REWRITES = 20;

const STEPS = ['regexp', 'transform', 'merge'] as const;

function readRegexp(reader: ObjectReader): Rewrite {
  const source = reader.required('source', 'Write a regular expression.') ?? '';
  checkExpression(reader, 'source', source);
  return { kind: 'regexp', source, target: reader.text('target') ?? '', place: reader.place() };
}

function readTransform(reader: ObjectReader): Rewrite {
  const template = reader.required('template', 'Write a template over .value.') ?? '';
  checkTemplate(reader, 'template', template);
  return { kind: 'transform', template, place: reader.place() };
}

function readMerge(reader: ObjectReader): Rewrite {
  const merge: MergeRewrite = {
    into: reader.text('into') ?? '',
    priority: reader.texts('priority'),
    ignoreMissing: reader.choice('priorityPolicy', ['Strict', 'IgnoreNotFound'], 'Strict') !== 'Strict',
    ignoreConflicts: reader.choice('conflictPolicy', ['Error', 'Ignore'], 'Error') !== 'Error',
    strategy: reader.choice('strategy', ['Extract', 'JSON'], 'Extract'),
  };
  if (merge.strategy === 'JSON' && merge.into === '') {
    reader.note('into', { message: 'it is missing', remedy: 'Strategy JSON needs the key that it writes.' });
  }
  return { kind: 'merge', ...merge, place: reader.place() };
}

function readStep(reader: ObjectReader): readonly Rewrite[] {
  const written = STEPS.filter((step) => reader.has(step));
  const [step] = written;
  if (written.length !== 1 || step === undefined) {
    reader.note(undefined, {
      message: `a step is exactly one of ${STEPS.join(', ')}`,
      remedy: 'Write several steps as several entries of the list.',
    });
    return [];
  }
  const below = reader.object(step);
  if (below === undefined) return [];
  if (step === 'regexp') return [readRegexp(below)];
  return [step === 'transform' ? readTransform(below) : readMerge(below)];
}

/** `rewrite`: the steps that change keys, in order. */
export function readRewrites(reader: ObjectReader): readonly Rewrite[] {
  const steps = reader.objects('rewrite');
  if (steps.length > MOST_REWRITES) {
    reader.note('rewrite', {
      code: 'LK-LIMIT',
      message: `there are ${steps.length} steps`,
      remedy: `Write at most ${MOST_REWRITES}.`,
    });
    return [];
  }
  return steps.flatMap(readStep);
}
