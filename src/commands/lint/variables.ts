import type { Finding } from '../../manifests/finding.ts';
import type { Path } from '../../manifests/node-path.ts';
import { isRecord, type Json, textAt } from '../../manifests/objects.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import { IN_PLACE_PREFIX } from '../../names.ts';
import { valueAt } from './keys.ts';
import { findingAt, type Wrong } from './problem-at.ts';

const NAMED = /^\s*(?:ssm:(?:\.?\/)|secretsmanager:|sealed:A)\S/;
const IN_TEXT = /\(\((?:ssm|secretsmanager|sealed|arn):/;
const ARN = /^\s*arn:aws[a-z-]*:(?:secretsmanager|ssm):/;
const IN_PLACE = /latchkey:(?:ssm|secretsmanager|sealed|arn):/;

/** Values of variables that look like references but lack `latchkey:`, and references where only text is taken. */
export function bareReferenceFindings(template: PodTemplate): readonly Finding[] {
  return containersOf(template).flatMap(({ path, name }) => [
    ...variablesOf(template, path).flatMap((variable, index) => {
      const at = [...template.path, ...path, 'env', index, 'value'];
      const wrong = wrongValue(textAt(variable, 'value') ?? '');
      return wrong === undefined
        ? []
        : [findingAt(template.object, at, { ...wrong, place: placeOf(name, variable) })];
    }),
    ...argumentFindings(template, path, name),
  ]);
}

/** Values of variables that YAML reads as a number or as true: the API server refuses them. */
export function variableTypeFindings(template: PodTemplate): readonly Finding[] {
  return containersOf(template).flatMap(({ path, name }) =>
    variablesOf(template, path).flatMap((variable, index) => {
      const value = recordOf(variable)['value'];
      if (value === undefined || value === null || typeof value === 'string') return [];
      return [
        findingAt(template.object, [...template.path, ...path, 'env', index, 'value'], {
          code: 'LK-SYNTAX',
          place: placeOf(name, variable),
          message: 'the value is no text, and the API server refuses it',
          remedy: 'Put it in quotes.',
        }),
      ];
    }),
  );
}

interface PlacedContainer {
  readonly path: Path;
  readonly name: string;
}

function containersOf(template: PodTemplate): readonly PlacedContainer[] {
  return ['initContainers', 'containers'].flatMap((list) => {
    const containers = valueAt(template.value, ['spec', list]);
    if (!Array.isArray(containers)) return [];
    return containers.map((container: unknown, index) => ({
      path: ['spec', list, index],
      name: textAt(container, 'name') ?? '',
    }));
  });
}

function variablesOf(template: PodTemplate, path: Path): readonly unknown[] {
  const variables = valueAt(template.value, [...path, 'env']);
  return Array.isArray(variables) ? variables : [];
}

function placeOf(container: string, variable: unknown): string {
  return `container ${container}, env ${textAt(variable, 'name') ?? ''}`;
}

function wrongValue(value: string): Omit<Wrong, 'place'> | undefined {
  if (NAMED.test(value) || IN_TEXT.test(value)) {
    const message = `the value looks like a reference, but without ${IN_PLACE_PREFIX} it stays as it is`;
    const remedy = IN_TEXT.test(value) ? 'Write ((latchkey:…)).' : `Write ${IN_PLACE_PREFIX} before it.`;
    return { code: 'LK-NO-REFERENCE', message, remedy };
  }
  if (!ARN.test(value)) return undefined;
  const message = 'the program gets this ARN itself, not the secret behind it';
  const remedy = `If the secret is meant, write ${IN_PLACE_PREFIX} before it.`;
  return { code: 'LK-NO-REFERENCE', message, remedy, severity: 'warning' };
}

function argumentFindings(template: PodTemplate, path: Path, container: string): readonly Finding[] {
  return ['command', 'args'].flatMap((list) => {
    const texts = valueAt(template.value, [...path, list]);
    if (!Array.isArray(texts)) return [];
    return texts.flatMap((text: unknown, index) => {
      if (typeof text !== 'string' || !IN_PLACE.test(text)) return [];
      return [
        findingAt(template.object, [...template.path, ...path, list, index], {
          code: 'LK-NO-REFERENCE',
          place: `container ${container}, ${list}`,
          message: 'a reference stands in an argument, where it stays as it is',
          remedy: 'Put it into a variable and write $(VARIABLE) here.',
        }),
      ];
    });
  });
}

function recordOf(value: unknown): Json {
  return isRecord(value) ? value : {};
}
