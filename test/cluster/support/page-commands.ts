// The commands of a page, run as they stand there, for a release and a workload of a test.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { fences, page } from '../../support/pages.ts';
import type { HelmRelease } from './helm-release.ts';

/** What the page's $NS and $APP stand for. */
export interface Names {
  /** Of a namespace. */
  readonly name: string;
  /** Of a Deployment. */
  readonly app: string;
}

export interface PageCommands {
  /**
   * Runs the shell block of a section that contains this text.
   * @returns what it wrote, on both streams
   * @throws Error with that, when a command of it fails
   */
  run(heading: string, containing: string, names: Names): Promise<string>;
  /** The same where it must fail. */
  fails(heading: string, containing: string, names: Names): Promise<string>;
  /** Blocks that were not run. */
  left(): readonly string[];
}

interface Block {
  readonly heading: string;
  readonly text: string;
}

export function pageCommands(path: string, release: HelmRelease): PageCommands {
  const blocks = blocksOf(page(path));
  const done = new Set<Block>();

  function take(heading: string, containing: string): Block {
    const found = blocks.filter((block) => block.heading === heading && block.text.includes(containing));
    const [block, ...others] = found;
    if (block === undefined || others.length > 0) throw new Error(`${path}: ${heading}: ${containing}`);
    done.add(block);
    return block;
  }

  async function call({ text }: Block, { name, app }: Names) {
    const env = { ...release.env, NS: name, APP: app };
    const script = `set -euo pipefail\n${forRelease(text, release)}`;
    const options = { env, cwd: release.directory };
    return await promisify(execFile)('bash', ['-c', script], options).then(
      ({ stdout, stderr }) => ({ failed: false, output: stdout + stderr }),
      ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ failed: true, output: stdout + stderr }),
    );
  }

  return {
    async run(heading, containing, names) {
      const block = take(heading, containing);
      const { failed, output } = await call(block, names);
      if (failed) throw new Error(`${block.text}\n${output}`);
      return output;
    },
    async fails(heading, containing, names) {
      const block = take(heading, containing);
      const { failed, output } = await call(block, names);
      if (!failed) throw new Error(`it did not fail: ${block.text}\n${output}`);
      return output;
    },
    left: () => blocks.filter((block) => !done.has(block)).map(({ text }) => text),
  };
}

/** Of each heading what stands before the next one. */
function blocksOf(text: string): readonly Block[] {
  return text.split(/^(?=#+ )/m).flatMap((part) => {
    const heading = /^#+ (.*)$/m.exec(part)?.[1] ?? '';
    return fences(part)
      .filter(({ language }) => language === 'sh')
      .map((fence) => ({ heading, text: fence.text }));
  });
}

/** The page speaks of a release `latchkey` in a namespace of that name, and of the chart in a checkout. */
function forRelease(text: string, { name, chart }: HelmRelease): string {
  return text
    .replaceAll('charts/latchkey', chart)
    .replaceAll(/\blatchkey-(serve|controller|ca|tls|key|safety-net|sealing)\b/g, `${name}-$1`)
    .replaceAll(/(-n |--controller-namespace |system:serviceaccount:)latchkey\b/g, `$1${name}`)
    .replaceAll(/(helm (?:upgrade|rollback) |webhookconfiguration"? )latchkey\b/g, `$1${name}`);
}
