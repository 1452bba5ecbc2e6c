import { systemClock } from '../../clock.ts';
import type { FlagValues } from '../../config/flags.ts';
import type { KeyRing } from '../../sealed/key-ring.ts';
import type { CommandContext } from '../command.ts';
import type { CertificateSource } from './certificate-source.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { readPrivateKeys } from './private-keys.ts';

/** Where certificate and keys come from, as the flags say. */
export interface Sources extends CertificateSource {
  readonly cluster: Cluster;
}

/** @param retired whether keys that are out of use count: to open with, never to seal with */
export async function openSources(
  flags: FlagValues<'seal'>,
  context: CommandContext,
  retired: boolean,
): Promise<Sources> {
  const cluster = openCluster(flags, context);
  const ring = await readRing(flags['private-key'], { cluster, retired, stderr: context.stderr });
  return {
    cert: flags.cert,
    cluster,
    signal: context.signal,
    wallMs: systemClock.wall(),
    ...(ring === undefined ? {} : { ring }),
  };
}

async function readRing(
  sources: readonly string[],
  { cluster, retired, stderr }: { cluster: Cluster; retired: boolean } & Pick<CommandContext, 'stderr'>,
): Promise<KeyRing | undefined> {
  if (sources.length === 0) return undefined;
  const ring = await readPrivateKeys({ sources, cluster, retired });
  for (const { name, reason } of ring.broken)
    stderr.write(`latchkey: warning: sealing key ${name} ${reason}\n`);
  return ring;
}
