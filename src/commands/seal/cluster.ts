import { readKubernetesEnvironment } from '../../config/kubernetes-environment.ts';
import type { FlagValues } from '../../config/flags.ts';
import { LatchkeyError } from '../../errors.ts';
import { createSealingApi, type SealingApi, type SealingService } from '../../kubernetes/sealing-api.ts';
import { quoted } from '../../quote.ts';
import { KEY_LABEL, LEGACY_KEY_NAME, readKeySecret } from '../../sealed/key-secret.ts';
import type { KeyReading } from '../../sealed/sealing-key.ts';
import type { CommandContext } from '../command.ts';

/** What a cluster knows of sealing. It is connected to when it is first asked. */
export interface Cluster {
  /** @throws LatchkeyError LK-KUBERNETES, also where there is no such Service; LK-CONFIG */
  service(): Promise<SealingService>;
  /** @param retired also those that were taken out of use, as compromised ones are */
  keys(retired: boolean): Promise<readonly KeyReading[]>;
}

/** sealed-secrets' own manifest calls its Service the first, its Helm chart the second. */
const USUAL_NAMES = ['sealed-secrets-controller', 'sealed-secrets'] as const;

type Flags = Pick<FlagValues<'seal'>, 'kubeconfig' | 'controller-namespace' | 'controller-name'>;

export function openCluster(flags: Flags, { env, signal }: Pick<CommandContext, 'env' | 'signal'>): Cluster {
  const namespace = flags['controller-namespace'];
  const names = flags['controller-name'] === undefined ? USUAL_NAMES : [flags['controller-name']];
  let opened: SealingApi | undefined;
  const api = (): SealingApi =>
    (opened ??= createSealingApi({
      environment: readKubernetesEnvironment(env),
      ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
    }));
  return {
    service: async () => {
      for (const name of names) {
        const service = await api().service({ namespace, name }, signal);
        if (service !== undefined) return service;
      }
      throw new LatchkeyError(
        'LK-KUBERNETES',
        `there is no Service ${names.map((name) => quoted(name)).join(' or ')} in namespace ${quoted(namespace)}`,
        'Say where the sealed-secrets controller is: --controller-namespace and --controller-name; or name a certificate with --cert.',
      );
    },
    keys: async (retired) => {
      const labelled = await api().keySecrets(namespace, KEY_LABEL, signal);
      const legacy = await api().secret(namespace, LEGACY_KEY_NAME, signal);
      return [...labelled, legacy].flatMap((secret) => readKeySecret(secret, { retired }) ?? []);
    },
  };
}
