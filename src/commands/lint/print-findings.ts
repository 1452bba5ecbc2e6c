import { describe } from '../../errors.ts';
import type { Finding } from '../../manifests/finding.ts';
import { printable } from '../../quote.ts';

export type FindingsFormat = 'text' | 'github' | 'json';

const MAX_FILE = 1000;

/** All findings in one of the formats, each line ended. */
export function printFindings(findings: readonly Finding[], format: FindingsFormat): string {
  if (format === 'json') return `${JSON.stringify({ findings: findings.map(asJson) }, undefined, 2)}\n`;
  const line = format === 'github' ? asWorkflowCommand : asText;
  return findings.map((finding) => `${line(finding)}\n`).join('');
}

function asText(finding: Finding): string {
  return `${printable(finding.file, MAX_FILE)}:${String(finding.line)}: ${finding.severity}: ${sentence(finding)}`;
}

function sentence({ object, problem }: Finding): string {
  return `${object === undefined ? '' : `${object}: `}${describe(problem).trimEnd()}`;
}

/** A workflow command of GitHub Actions: unescaped, a file name or a message could start another command. */
function asWorkflowCommand(finding: Finding): string {
  const file = escapeProperty(printable(finding.file, MAX_FILE));
  const title = escapeProperty(`latchkey ${finding.problem.code}`);
  return `::${finding.severity} file=${file},line=${String(finding.line)},title=${title}::${escapeData(sentence(finding))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function asJson({ file, line, object, severity, problem }: Finding): object {
  return { file, line, ...(object === undefined ? {} : { object }), severity, ...problem };
}
