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

/** sealed-secrets' own manifest calls its Service the first, its Helm chart the second; the third is Latchkey's. */
const USUAL_NAMES = ['sealed-secrets-controller', 'sealed-secrets', 'latchkey-sealing'] as const;
const USUAL_NAMESPACES = ['kube-system', 'latchkey'] as const;

type Flags = Pick<FlagValues<'seal'>, 'kubeconfig' | 'controller-namespace' | 'controller-name'>;

export function openCluster(flags: Flags, { env, signal }: Pick<CommandContext, 'env' | 'signal'>): Cluster {
  const { 'controller-namespace': namespace, 'controller-name': name } = flags;
  const namespaces = namespace === undefined ? USUAL_NAMESPACES : [namespace];
  const names = name === undefined ? USUAL_NAMES : [name];
  let opened: SealingApi | undefined;
  const api = (): SealingApi =>
    (opened ??= createSealingApi({
      environment: readKubernetesEnvironment(env),
      ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
    }));

  async function keysOf(at: string, retired: boolean): Promise<readonly KeyReading[]> {
    const labelled = await api().keySecrets(at, KEY_LABEL, signal);
    const legacy = await api().secret(at, LEGACY_KEY_NAME, signal);
    return [...labelled, legacy].flatMap((secret) => readKeySecret(secret, { retired }) ?? []);
  }

  return {
    service: async () => {
      for (const place of namespaces.flatMap((at) => names.map((each) => ({ namespace: at, name: each })))) {
        const service = await api().service(place, signal);
        if (service !== undefined) return service;
      }
      throw new LatchkeyError(
        'LK-KUBERNETES',
        `there is no Service ${either(names)} in namespace ${either(namespaces)}`,
        'Say who publishes the certificate: --controller-namespace and --controller-name; or name a certificate with --cert.',
      );
    },
    keys: async (retired) => {
      const found: KeyReading[] = [];
      let failure: LatchkeyError | undefined;
      for (const at of namespaces) {
        await keysOf(at, retired).then(
          (keys) => found.push(...keys),
          (error: unknown) => {
            if (!(error instanceof LatchkeyError)) throw error;
            failure ??= error;
          },
        );
      }
      // Who may read one of the usual places need not be able to read the other.
      if (found.length === 0 && failure !== undefined) throw failure;
      return found;
    },
  };
}

function either(texts: readonly string[]): string {
  return texts.map((text) => quoted(text)).join(' or ');
}
