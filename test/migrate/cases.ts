// The cases of test/fixtures/migrate: manifests, what they become, what is said of them, and what AWS has.

import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import * as migrate from '../../src/commands/migrate.ts';
import { type CommandResult, runCommand } from '../support/run-command.ts';

const ROOT = fileURLToPath(new URL('../fixtures/migrate/', import.meta.url));

export interface Case {
  readonly name: string;
  readonly folder: string;
  readonly flags: readonly string[];
}

/** @param kind of the conversion: `annotations` or `eso` */
export function casesOf(kind: string): readonly Case[] {
  return readdirSync(join(ROOT, kind))
    .sort()
    .map((name) => {
      const folder = join(ROOT, kind, name);
      const flags = join(folder, 'flags');
      return {
        name,
        folder,
        flags: existsSync(flags) ? readFileSync(flags, 'utf8').trim().split(/\s+/) : [],
      };
    });
}

/** Where programs see something else afterwards, as the case says. */
export function differencesIn(folder: string): readonly string[] {
  const listed = join(folder, 'differs.txt');
  return existsSync(listed) ? readFileSync(listed, 'utf8').trimEnd().split('\n') : [];
}

/** Files below a folder by their paths, with their texts. */
export function filesBelow(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true }).map(String).sort();
  return Object.fromEntries(
    paths
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );
}

/** All manifests of a folder as one stream. */
export function streamOf(folder: string): string {
  return Object.values(filesBelow(folder))
    .map((text) => (text.endsWith('\n') ? text : `${text}\n`))
    .join('---\n');
}

export interface Converted extends CommandResult {
  /** Where the changed copy is. */
  readonly copy: string;
  /** The report, with paths below the case. */
  readonly report: string;
}

/** Converts a copy of a case in place. */
export async function convert(
  t: Test,
  { folder, flags }: Case,
  more: readonly string[] = [],
): Promise<Converted> {
  const copy = t.testdir({});
  cpSync(join(folder, 'before'), copy, { recursive: true });
  return convertCopy(copy, [...flags, ...more]);
}

export async function convertCopy(copy: string, flags: readonly string[]): Promise<Converted> {
  const result = await runCommand(migrate, ['-f', copy, '--write', ...flags]);
  return { ...result, copy, report: result.stderr.replaceAll(`${copy}/`, '') };
}
