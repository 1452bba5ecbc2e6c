import type { Code } from '../../errors.ts';

/** A place where Latchkey does something else than KES. docs/compatibility.md shows them all, and a test holds each. */
export interface Difference {
  readonly field: string;
  /** What the definition or AWS says. */
  readonly where: string;
  /** What KES makes of it. */
  readonly original: string;
  /** With which code it is refused here; absent where something else is made. */
  readonly code?: Code;
  /** What is made instead, where it is not refused. */
  readonly instead?: string;
  /** The case in test/fixtures/definitions/kes that shows it. */
  readonly shownBy: string;
}

/**
 * First of all the places where KES warns at most, leaves a key out and reports success: a pod would start without what
 * it asked for, so here nothing is made.
 */
export const DIFFERENCES: readonly Difference[] = [
  {
    field: 'spec.data[].property',
    where: 'the value is not JSON',
    original: 'warns and leaves the key out',
    code: 'LK-NOT-JSON',
    shownBy: 'property-not-json',
  },
  {
    field: 'spec.dataFrom',
    where: 'the value is not JSON',
    original: 'warns and leaves all members out',
    code: 'LK-NOT-JSON',
    shownBy: 'data-from-not-json',
  },
  {
    field: 'spec.dataFromWithOptions',
    where: 'the value is not JSON',
    original: 'warns and leaves all members out',
    code: 'LK-NOT-JSON',
    shownBy: 'data-from-with-options-not-json',
  },
  {
    field: 'spec.dataFrom',
    where: 'the value is a JSON number, boolean or null',
    original: 'leaves it out without a word',
    code: 'LK-NOT-JSON',
    shownBy: 'data-from-number',
  },
  {
    field: 'spec.dataFrom',
    where: 'the value is a JSON string',
    original: 'makes one key of each character',
    code: 'LK-NOT-JSON',
    shownBy: 'data-from-string',
  },
  {
    field: 'spec.data[].path',
    where: 'with property beside it',
    original: 'warns and leaves all parameters out',
    code: 'LK-DEFINITION',
    shownBy: 'path-with-property',
  },
  {
    field: 'spec.data[].path',
    where: 'no parameter is below the path',
    original: 'leaves it out without a word',
    code: 'LK-EMPTY',
    shownBy: 'path-empty',
  },
  {
    field: 'spec.data[].path',
    where: 'two parameters end in the same name',
    original: 'takes the one that AWS names last',
    code: 'LK-CONFLICT',
    shownBy: 'path-collision',
  },
  {
    field: 'spec.data[].path',
    where: 'with key beside it',
    original: 'takes the path',
    code: 'LK-DEFINITION',
    shownBy: 'path-with-key',
  },
  {
    field: 'spec.data[].property',
    where: 'it names what every JavaScript object inherits (`toString`)',
    original: 'writes the source text of that function',
    code: 'LK-PROPERTY',
    shownBy: 'property-inherited',
  },
  {
    field: 'spec.data[].property',
    where: 'the value is bytes that are not UTF-8',
    original: 'replaces them and reads on',
    code: 'LK-NOT-JSON',
    shownBy: 'property-not-utf8',
  },
  {
    field: 'spec.template',
    where: 'code beyond the part of JavaScript that Latchkey has',
    original: 'runs it in the controller, with its environment and files',
    code: 'LK-TEMPLATE',
    shownBy: 'template-environment',
  },
  {
    field: 'spec.template',
    where: 'a text uses a value that is not UTF-8',
    original: 'clears the highest bit of each byte',
    code: 'LK-ENCODING',
    shownBy: 'template-of-binary',
  },
  {
    field: 'spec.template',
    where: 'a text uses a value with characters beyond ASCII',
    original: 'clears the highest bit of each byte',
    instead: 'the text as it is stored, with a warning',
    shownBy: 'template-not-ascii',
  },
  {
    field: 'spec.template.type',
    where: 'a type that gives its reader more than its values',
    original: 'makes it',
    code: 'LK-POLICY',
    shownBy: 'type-that-mints',
  },
  {
    field: 'spec.template.type',
    where: 'a key is missing that Kubernetes wants of the type',
    original: 'fails with the words of the API server',
    code: 'LK-DEFINITION',
    shownBy: 'type-incomplete',
  },
  {
    field: 'spec.region',
    where: 'absent, and the surroundings name none',
    original: 'takes `AWS_REGION` (`us-west-2` in its chart)',
    code: 'LK-REGION',
    shownBy: 'no-region',
  },
  {
    field: 'spec.region',
    where: 'another one than in an ARN',
    original: 'asks, and AWS finds nothing',
    code: 'LK-REGION',
    shownBy: 'region-of-another-arn',
  },
  {
    field: 'any',
    where: 'a field that is not known',
    original: 'takes no notice',
    code: 'LK-DEFINITION',
    shownBy: 'unknown-fields',
  },
  {
    field: 'namespace',
    where: '`permitted-key-name` does not match the key of a `dataFromWithOptions` entry',
    original: 'does not look at it',
    code: 'LK-POLICY',
    shownBy: 'not-permitted-with-options',
  },
  {
    field: 'namespace',
    where: '`permitted` or `permitted-key-name` matches only a part of the role or name',
    original: 'is content with a part',
    code: 'LK-POLICY',
    shownBy: 'permitted-anchored',
  },
];
