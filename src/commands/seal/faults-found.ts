import type { Finding } from '../../manifests/finding.ts';
import type { ManifestObject } from '../../manifests/objects.ts';
import { findingAt } from '../lint/problem-at.ts';
import { printFindings } from '../lint/print-findings.ts';
import type { Fault } from './fault.ts';

/** The faults of an object, with its file and lines. */
export function faultFindings(object: ManifestObject, faults: readonly Fault[]): readonly Finding[] {
  return faults.map(({ path, ...fault }) => findingAt(object, path, { ...fault, place: path.join('.') }));
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

export function describeFindings(findings: readonly Finding[]): string {
  return printFindings(findings, 'text');
}
