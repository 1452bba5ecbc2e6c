import type { Finding } from '../../manifests/finding.ts';
import type { Path } from '../../manifests/node-path.ts';
import { textAt } from '../../manifests/objects.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import { IN_PLACE_PREFIX } from '../../names.ts';
import { valueAt } from './keys.ts';
import { findingAt } from './problem-at.ts';

const NAMED = /^\s*(?:ssm:(?:\.?\/)|secretsmanager:)\S/;
const IN_TEXT = /\(\((?:ssm|secretsmanager|arn):/;
const ARN = /^\s*arn:aws[a-z-]*:(?:secretsmanager|ssm):/;
const IN_PLACE = /latchkey:(?:ssm|secretsmanager|sealed|arn):/;

/** Values of variables that look like references but lack `latchkey:`, and references where only text is taken. */
export function bareReferenceFindings(template: PodTemplate): readonly Finding[] {
  return ['initContainers', 'containers'].flatMap((list) => {
    const containers = valueAt(template.value, ['spec', list]);
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((container: unknown, index) => {
      const path = ['spec', list, index];
      const name = textAt(container, 'name') ?? '';
      return [...variableFindings(template, path, name), ...argumentFindings(template, path, name)];
    });
  });
}

function variableFindings(template: PodTemplate, path: Path, container: string): readonly Finding[] {
  const variables = valueAt(template.value, [...path, 'env']);
  if (!Array.isArray(variables)) return [];
  return variables.flatMap((variable: unknown, index) => {
    const value = textAt(variable, 'value') ?? '';
    const at = [...template.path, ...path, 'env', index, 'value'];
    const place = `container ${container}, env ${textAt(variable, 'name') ?? ''}`;
    if (NAMED.test(value) || IN_TEXT.test(value)) {
      const message = `the value looks like a reference, but without ${IN_PLACE_PREFIX} it stays as it is`;
      const remedy = IN_TEXT.test(value) ? 'Write ((latchkey:…)).' : `Write ${IN_PLACE_PREFIX} before it.`;
      return [findingAt(template.object, at, { code: 'LK-NO-REFERENCE', place, message, remedy })];
    }
    if (!ARN.test(value)) return [];
    const message = 'the program gets this ARN itself, not the secret behind it';
    const remedy = `If the secret is meant, write ${IN_PLACE_PREFIX} before it.`;
    return [
      findingAt(template.object, at, {
        code: 'LK-NO-REFERENCE',
        place,
        message,
        remedy,
        severity: 'warning',
      }),
    ];
  });
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
