import { narrowPod } from '../../admission/narrow-pod.ts';
import { readClassObject } from '../../adoption/provider-classes.ts';
import { readKubernetesEnvironment } from '../../config/kubernetes-environment.ts';
import { UsageError } from '../../config/usage-error.ts';
import { LatchkeyError } from '../../errors.ts';
import { createAdoptionApi } from '../../kubernetes/create-adoption-api.ts';
import { createKubernetes, type KubernetesOptions } from '../../kubernetes/create-kubernetes.ts';
import type { ObjectMeta } from '../../kubernetes/kubernetes.ts';
import { isDnsSubdomain } from '../../kubernetes/object-names.ts';
import { readWorkload } from '../../kubernetes/read-workload.ts';
import { readDocuments } from '../../manifests/documents.ts';
import { isRecord, type Json, objectsOf, recordAt, textAt } from '../../manifests/objects.ts';
import { podTemplateOf } from '../../manifests/pod-templates.ts';
import type { Manifests } from '../../manifests/read-manifests.ts';
import { type TemplatePod, templatePod } from '../../manifests/template-pod.ts';
import { ADOPTION, ADOPTION_VALUES } from '../../names.ts';
import { quoted } from '../../quote.ts';
import { classVolumes } from '../../request/class-volumes.ts';
import type { Environment } from '../command.ts';
import { labelSelectorOf } from './label-selector.ts';
import type { Running } from './running-siblings.ts';

export interface LiveOptions {
  /** `KIND/NAME` */
  readonly workload: string;
  readonly namespace: string;
  readonly kubeconfig: string | undefined;
  readonly env: Environment;
  /** Whether its pods are read too. */
  readonly withPods: boolean;
}

export interface LiveManifests extends Omit<Manifests, 'files'> {
  /** With `withPods`, of a workload that selects pods. */
  readonly running?: Running;
}

/**
 * A workload of the cluster with its namespace and service account, and with the SecretProviderClasses that it mounts where the
 * namespace has adoption, as if they had been in a file.
 *
 * @throws UsageError, LatchkeyError LK-CONFIG, LK-NAME, LK-KUBERNETES
 */
export async function readLive(live: LiveOptions): Promise<LiveManifests> {
  const { workload, namespace, kubeconfig, env, withPods } = live;
  const [kind, name, more] = workload.split('/');
  if (!kind || !name || more !== undefined) {
    throw new UsageError([
      `--live: expected KIND/NAME, as in deployment/test-app, found ${quoted(workload)}`,
    ]);
  }
  const options: KubernetesOptions = {
    environment: readKubernetesEnvironment(env),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  };
  const written = withoutServerFields(await readWorkload({ kind, namespace, name }, options));
  const { objects, findings } = readObjects([written], workload);
  const template = objects.map(podTemplateOf).find((found) => found !== undefined);
  if (template === undefined) return { objects, findings };
  const { serviceAccountName } = templatePod(template, namespace);
  const kubernetes = createKubernetes(options);
  const selector = withPods ? labelSelectorOf(written) : undefined;
  const [around, account, pods] = await Promise.all([
    kubernetes.namespace(namespace),
    kubernetes.serviceAccount(namespace, serviceAccountName),
    selector === undefined ? undefined : kubernetes.pods(namespace, selector),
  ]);
  const classes = isAdopting(around) ? await readClasses(templatePod(template, namespace), options) : [];
  const surroundings = [
    manifestOf('Namespace', around),
    manifestOf('ServiceAccount', account),
    ...classes,
  ].filter((manifest) => manifest !== undefined);
  const uid = textAt(recordAt(written, 'metadata'), 'uid') ?? '';
  return {
    objects: [...objects, ...readObjects(surroundings, workload).objects],
    findings,
    ...(pods === undefined ? {} : { running: { uid, pods } }),
  };
}

function isAdopting(namespace: ObjectMeta | undefined): boolean {
  return ADOPTION_VALUES.some((value) => value === namespace?.labels[ADOPTION]);
}

/** Those that are there. A template that is no pod mounts none; that it is none is told later. */
async function readClasses(
  { json, namespace }: TemplatePod,
  options: KubernetesOptions,
): Promise<readonly unknown[]> {
  const names = new Set(mountedClasses(json));
  if (names.size === 0) return [];
  const api = createAdoptionApi(options);
  return await Promise.all([...names].map((name) => readClassObject(namespace, name, api)));
}

function mountedClasses(pod: Json): readonly string[] {
  try {
    const names = classVolumes(narrowPod(pod)).map(({ className }) => className);
    return names.filter(isDnsSubdomain);
  } catch (error) {
    if (error instanceof LatchkeyError) return [];
    throw error;
  }
}

function readObjects(values: readonly unknown[], label: string): LiveManifests {
  const { documents, findings } = readDocuments(
    values.map((value) => JSON.stringify(value)).join('\n---\n'),
    label,
  );
  return { objects: documents.flatMap(objectsOf), findings };
}

/** The object as its author could have written it, as far as the API server's own additions go. */
function withoutServerFields(object: unknown): unknown {
  if (!isRecord(object)) return object;
  const { status: _status, ...rest } = object;
  const { managedFields: _managedFields, ...metadata } = recordAt(object, 'metadata');
  return { ...rest, metadata };
}

function manifestOf(kind: string, meta: ObjectMeta | undefined): object | undefined {
  return meta === undefined ? undefined : { apiVersion: 'v1', kind, metadata: meta };
}
