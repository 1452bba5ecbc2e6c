import type { Statement } from './statements.ts';

/** A name that Terraform takes: letters, digits and underscores. */
export function terraformName(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_]+/g, '_');
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}

/** Nothing within is an expression of Terraform's. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('${', '$${').replaceAll('%{', '%%{');
}

function listOf(name: string, values: readonly string[]): readonly string[] {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return [`${name} = [${quote(only)}]`];
  return [`${name} = [`, ...values.map((value) => `  ${quote(value)},`), ']'];
}

function block(name: string, lines: readonly string[]): readonly string[] {
  return [`${name} {`, ...lines.map((line) => `  ${line}`), '}'];
}

function principals({ Principal = {} }: Statement): readonly string[] {
  return Object.entries(Principal).flatMap(([type, identifier]) =>
    block('principals', [`type = ${quote(type)}`, ...listOf('identifiers', [identifier])]),
  );
}

function conditions({ Condition = {} }: Statement): readonly string[] {
  return Object.entries(Condition).flatMap(([test, variables]) =>
    Object.entries(variables).flatMap(([variable, values]) =>
      block('condition', [
        `test = ${quote(test)}`,
        `variable = ${quote(variable)}`,
        ...listOf('values', typeof values === 'string' ? [values] : values),
      ]),
    ),
  );
}

function statementBlock(statement: Statement): readonly string[] {
  const { Sid, Action, Resource } = statement;
  return block('statement', [
    `sid = ${quote(Sid)}`,
    ...listOf('actions', Action),
    ...(Resource === undefined ? [] : listOf('resources', Resource)),
    ...principals(statement),
    ...conditions(statement),
  ]);
}

/** A policy as a data source of Terraform's provider for AWS. */
export function terraformDocument(name: string, statements: readonly Statement[]): string {
  const lines = block(`data "aws_iam_policy_document" ${quote(name)}`, statements.flatMap(statementBlock));
  return `${lines.join('\n')}\n`;
}
