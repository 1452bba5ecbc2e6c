import type { Problem } from '../errors.ts';

/** A problem with the file and line where it was written. */
export interface Finding {
  /** As the user named it; `-` for standard input. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** `Deployment shop/test-app`; absent for what belongs to no object. */
  readonly object?: string;
  /** A warning is told, but is no reason to fail. */
  readonly severity: 'error' | 'warning';
  readonly problem: Problem;
}

/** Findings in the order of files and lines, each once. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const files = [...new Set(findings.map((finding) => finding.file))];
  const once = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...once.values()].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line);
}
