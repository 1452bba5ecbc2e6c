// What the programs of the pods in some manifests see: before, with the Secrets that definitions make, and after, with what
// Latchkey delivers. Neither uses anything of src/migrate.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { parseAllDocuments } from 'yaml';
import { narrowPod } from '../../src/admission/narrow-pod.ts';
import { ascpRecipe } from '../../src/definitions/ascp/ascp-recipe.ts';
import type { ProviderClass } from '../../src/definitions/ascp/provider-class.ts';
import { readProviderClass } from '../../src/definitions/ascp/read-provider-class.ts';
import { esoRecipe } from '../../src/definitions/eso/eso-recipe.ts';
import { readExternalSecret } from '../../src/definitions/eso/read-external-secret.ts';
import { readStore } from '../../src/definitions/eso/read-store.ts';
import { kesRecipe } from '../../src/definitions/kes/kes-recipe.ts';
import { readKesSpec } from '../../src/definitions/kes/read-spec.ts';
import type { DefinitionContext, Ingredients, ReadDefinition } from '../../src/definitions/recipe.ts';
import { readSealedSecret } from '../../src/definitions/sealed-secret/read-sealed-secret.ts';
import { sealedRecipe } from '../../src/definitions/sealed-secret/sealed-recipe.ts';
import { decodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import { deliverMemory } from '../../src/delivery/memory.ts';
import { deliverSecret } from '../../src/delivery/secret.ts';
import { describe, type LatchkeyError } from '../../src/errors.ts';
import type { Session } from '../../src/identity/identity.ts';
import { type ManifestObject, objectsOf, recordAt, textsAt } from '../../src/manifests/objects.ts';
import { planTemplate } from '../../src/manifests/plan-template.ts';
import { podTemplateOf } from '../../src/manifests/pod-templates.ts';
import { templatePod } from '../../src/manifests/template-pod.ts';
import { ENV_FILE, FETCH_PLAN_VARIABLE, VOLUME_ENV, VOLUME_FILES, VOLUME_PATHS } from '../../src/names.ts';
import { addressesOf, addressKey } from '../../src/request/addresses.ts';
import { sourceValue } from '../../src/request/evaluate-source.ts';
import { loadJmesPath } from '../../src/request/jmes-path.ts';
import { type Answers, evaluate, type Fetched, type Member } from '../../src/request/evaluate.ts';
import type { Address, Plan } from '../../src/request/plan.ts';
import { dataKey } from '../../src/request/slot.ts';
import { createFileStore } from '../../src/stores/file.ts';
import type { Resolver } from '../../src/stores/resolver.ts';
import { parseStoreFile, type StoreFile } from '../../src/stores/store-file.ts';
import { apply } from '../delivery/apply.ts';
import { type FetchPod, ROLE } from '../support/fetch-pod.ts';
import { type Left, type MountedFile, runPod, type SecretData, type Seen } from '../support/kubelet.ts';
import { readKubeletEnvFile } from '../support/kubelet-env-file.ts';
import { opened } from '../definitions/sealed-secret/fixture.ts';
import { withFixtureKeys } from '../support/sealing.ts';

export const REGION = 'eu-west-1';

/** Objects as kubectl reads them: by YAML 1.1. */
export function objectsIn(text: string): readonly ManifestObject[] {
  return parseAllDocuments(text, { version: '1.1', merge: true }).flatMap((document, index) =>
    objectsOf({
      file: 'manifest',
      index,
      // The API server takes null for absent.
      value: JSON.parse(
        JSON.stringify(document.toJS(), (_, value: unknown) => (value === null ? undefined : value)) ??
          'null',
      ),
      lineOf: () => 1,
      sourceOf: () => undefined,
    }),
  );
}

export function readStoreFile(text: string): StoreFile {
  return parseStoreFile(text, 'fixture');
}

function sessionIn(namespace: string): Session {
  const identity = { namespace, serviceAccount: 'test', uid: '', audience: '', roleChain: [] };
  return { identity } as unknown as Session;
}

/** AWS and, for what is sealed, the webhook itself. */
async function answersFrom(
  addresses: readonly Address[],
  file: StoreFile,
  namespace: string,
): Promise<Answers> {
  const aws: Resolver = {
    resolve: async (asked) => await answersOfFile(asked, file),
    lastDefinite: () => undefined,
  };
  const { signal } = new AbortController();
  const options = { signal } as Parameters<Resolver['resolve']>[2];
  return await withFixtureKeys(aws).resolve(addresses, sessionIn(namespace), options);
}

async function answersOfFile(addresses: readonly Address[], file: StoreFile): Promise<Answers> {
  const store = createFileStore(file);
  const { signal } = new AbortController();
  const ones = new Map<string, Fetched | LatchkeyError>();
  const manies = new Map<string, readonly Member[] | LatchkeyError>();
  for (const address of addresses) {
    if (address.below === undefined && address.find === undefined) {
      const [answer] = await store.read([address], sessionIn(''), signal);
      if (answer !== undefined) ones.set(addressKey(address), answer);
    } else manies.set(addressKey(address), (await store.list?.(address, sessionIn(''), signal)) ?? []);
  }
  const known = <Answer>(answers: ReadonlyMap<string, Answer>, address: Address): Answer => {
    const answer = answers.get(addressKey(address));
    if (answer === undefined) throw new Error('nobody asked this');
    return answer;
  };
  return { one: (address) => known(ones, address), many: (address) => known(manies, address) };
}

function namespaceIn(object: ManifestObject): string {
  return object.namespace ?? 'default';
}

function contextIn(objects: readonly ManifestObject[], namespace: string, type: string): DefinitionContext {
  const around = objects.find(({ kind, name }) => kind === 'Namespace' && name === namespace);
  const metadata = recordAt(around?.value, 'metadata');
  return {
    namespace,
    namespaceLabels: textsAt(metadata, 'labels'),
    namespaceAnnotations: textsAt(metadata, 'annotations'),
    region: REGION,
    allowedSecretTypes: [type],
  };
}

/** The recipe of a definition as the webhook reads it; undefined for every other object. */
export function recipeOf(
  object: ManifestObject,
  objects: readonly ManifestObject[],
): ReadDefinition | undefined {
  if (object.kind !== 'ExternalSecret' && object.kind !== 'SealedSecret') return undefined;
  const namespace = namespaceIn(object);
  const definition = {
    apiVersion: object.apiVersion,
    objectKind: object.kind,
    namespace,
    name: object.name,
    uid: '',
  };
  if (object.kind === 'SealedSecret') {
    const read = readSealedSecret(object.value);
    if (read.kind === 'problems') return read;
    const context = contextIn(objects, namespace, read.spec.template.type.value);
    return sealedRecipe(read.spec, { ...definition, kind: 'sealed-secret' }, context);
  }
  if (object.apiVersion === 'kubernetes-client.io/v1') {
    const read = readKesSpec(object.value);
    if (read.kind === 'problems') return read;
    const context = contextIn(objects, namespace, read.spec.type.value);
    return kesRecipe(read.spec, { ...definition, kind: 'kes' }, context);
  }
  const read = readExternalSecret(object.value);
  if (read.kind === 'problems') return read;
  return esoRecipe({
    spec: read.spec,
    definition: { ...definition, kind: 'eso' },
    context: contextIn(objects, namespace, read.spec.template?.type ?? ''),
    stores: ({ kind, name }) => {
      const found = objects.find(
        (each) =>
          each.kind === kind &&
          each.name === name &&
          (kind === 'ClusterSecretStore' || namespaceIn(each) === namespace),
      );
      return found === undefined ? undefined : readStore(found.value);
    },
  });
}

const jmesPath = await loadJmesPath();

function classIn(object: ManifestObject, objects: readonly ManifestObject[]): ProviderClass | undefined {
  if (object.kind !== 'SecretProviderClass') return undefined;
  const read = readProviderClass(object.value, contextIn(objects, namespaceIn(object), ''));
  return read.kind === 'class' ? read.providerClass : undefined;
}

/** What the driver makes of a class: a Secret for each of its `secretObjects`. */
function classRecipes(object: ManifestObject, objects: readonly ManifestObject[]): readonly ReadDefinition[] {
  const providerClass = classIn(object, objects);
  const { apiVersion, kind: objectKind, name } = object;
  const namespace = namespaceIn(object);
  const definition = { kind: 'ascp', apiVersion, objectKind, namespace, name, uid: '' } as const;
  return (providerClass?.secretObjects ?? []).map(({ name: secretName, type }) => {
    const context = contextIn(objects, namespace, type);
    return ascpRecipe({
      providerClass: providerClass as ProviderClass,
      secretName,
      definition,
      context,
      jmesPath,
    });
  });
}

/** The files of a class; undefined where one of them cannot be had, and so none is mounted. */
async function classFiles({ files }: ProviderClass, store: StoreFile, namespace: string) {
  const answers = await answersFrom(
    files.map(({ source }) => source.address),
    store,
    namespace,
  );
  const documents = { answers, read: new Map(), jmesPath: jmesPath.begin() };
  try {
    return files.map(({ path, mode, source }) => ({ path, mode, bytes: sourceValue(documents, source) }));
  } catch {
    return undefined;
  }
}

type PodJson = ReturnType<typeof podsIn>[number]['json'];

/** The pod with a Secret's volume in place of each that the driver would fill, and what is in those. */
async function mounted(
  json: PodJson,
  namespace: string,
  { objects, store, secrets }: Cluster,
): Promise<PodJson> {
  const { volumes = [], ...spec } = json['spec'] as Record<string, unknown> & { volumes?: PodVolume[] };
  const filled = await Promise.all(
    volumes.map(async (volume) => {
      const className = volume.csi?.volumeAttributes?.secretProviderClass;
      const object = objects.find(
        (each) =>
          each.kind === 'SecretProviderClass' && each.name === className && namespaceIn(each) === namespace,
      );
      const providerClass = object && classIn(object, objects);
      const files = providerClass && (await classFiles(providerClass, store, namespace));
      if (files === undefined) return volume;
      const secretName = `class-${String(className)}`;
      secrets.set(
        secretName,
        new Map(files.map(({ bytes }, index) => [`f${String(index)}`, bytes ?? new Uint8Array()])),
      );
      const items = files.map(({ path, mode }, index) => ({
        key: `f${String(index)}`,
        path,
        ...(mode === undefined ? {} : { mode }),
      }));
      return { name: volume.name, secret: { secretName, items } };
    }),
  );
  return { ...json, spec: { ...spec, ...(volumes.length === 0 ? {} : { volumes: filled }) } };
}

interface PodVolume {
  readonly name: string;
  readonly csi?: { readonly volumeAttributes?: { readonly secretProviderClass?: string } };
}

export interface Made {
  readonly data: SecretData;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The Secrets that the definitions make, by `NAMESPACE/NAME`; those that are refused are left out. */
export async function secretsMade(
  objects: readonly ManifestObject[],
  store: StoreFile,
): Promise<ReadonlyMap<string, Made>> {
  const made = new Map<string, Made>();
  for (const object of objects) {
    const all = [recipeOf(object, objects), ...classRecipes(object, objects)];
    for (const read of all) {
      if (read?.kind !== 'recipe') continue;
      const { recipe } = read;
      const answers = await answersFrom(
        recipe.questions.map(({ address }) => address),
        store,
        namespaceIn(object),
      );
      const ingredients: Ingredients = { ...(await opened(recipe)), answers: () => answers };
      const composed = recipe.compose(ingredients);
      if (composed.kind !== 'secret') continue;
      const { data, type, labels, annotations } = composed.draft;
      made.set(`${namespaceIn(object)}/${recipe.secretName}`, {
        data: new Map([...data].map(([key, value]) => [key, value.reveal()])),
        type,
        labels,
        annotations,
      });
    }
  }
  return made;
}

function secretsOf(made: ReadonlyMap<string, Made>, namespace: string): Map<string, SecretData> {
  const own = [...made].filter(([key]) => key.startsWith(`${namespace}/`));
  return new Map(own.map(([key, { data }]) => [key.slice(namespace.length + 1), data]));
}

/** What each container of each workload sees, or why its pod does not start. */
export type Application = Readonly<Record<string, Readonly<Record<string, Seen>> | string>>;

/** Runs what {@link runPod} does; says why where a container could not start. */
export function seen(run: () => Record<string, Seen>): Record<string, Seen> | string {
  try {
    return run();
  } catch (error) {
    return `does not start: ${error instanceof Error ? error.message : ''}`;
  }
}

export function podsIn(objects: readonly ManifestObject[]) {
  return objects.flatMap((object) => {
    const template = podTemplateOf(object);
    return template === undefined ? [] : [templatePod(template, 'default')];
  });
}

export function titleOf({ kind, name }: ManifestObject): string {
  return `${kind} ${name}`;
}

function planOf(
  pod: ReturnType<typeof podsIn>[number],
  objects: readonly ManifestObject[],
): Plan | undefined {
  const { namespaceAnnotations } = contextIn(objects, pod.namespace, '');
  const { planned } = planTemplate(pod, {
    namespace: pod.namespace,
    namespaceAnnotations,
    region: REGION,
    delivery: 'secret',
    skipContainers: ['istio-proxy'],
  });
  if (planned.kind === 'problems') throw new Error(planned.problems.map(describe).join('\n'));
  return planned.kind === 'plan' ? planned.plan : undefined;
}

/** With the Secrets that definitions make, and Latchkey's `secret` delivery of what annotations ask for. */
export async function applicationIn(text: string, store: StoreFile): Promise<Application> {
  const objects = objectsIn(text);
  const made = await secretsMade(objects, store);
  const found: Record<string, Application[string]> = {};
  for (const pod of podsIn(objects)) {
    const secrets = secretsOf(made, pod.namespace);
    const cluster = { objects, store, secrets };
    const json = await mounted(pod.json, pod.namespace, cluster);
    found[titleOf(pod.template.object)] = await delivered({ ...pod, json }, cluster);
  }
  return found;
}

interface Cluster {
  readonly objects: readonly ManifestObject[];
  readonly store: StoreFile;
  readonly secrets: Map<string, SecretData>;
}

const MANAGED = 'latchkey-managed';

async function delivered(
  pod: ReturnType<typeof podsIn>[number],
  { objects, store, secrets }: Cluster,
): Promise<Application[string]> {
  const plan = planOf(pod, objects);
  if (plan === undefined) return seen(() => runPod(pod.json, secrets));
  const { filled, problems } = evaluate(plan, await answersFrom(addressesOf(plan), store, pod.namespace));
  if (problems.length > 0) return `refused: ${problems.map(describe).join('\n')}`;
  secrets.set(MANAGED, new Map(filled.map(({ slot, value }) => [dataKey(slot), value.reveal()])));
  const { operations, problems: wrong } = deliverSecret(narrowPod(pod.json), plan, {
    secretName: MANAGED,
    slots: filled.map(({ slot }) => slot),
    status: { version: 1, plan: '', delivery: 'secret' },
  });
  if (wrong.length > 0) return `refused: ${wrong.map(describe).join('\n')}`;
  return seen(() => withoutOurs(runPod(apply(pod.json, operations), secrets)));
}

/** Hidden variables carry what a value in place refers to; programs do not know them. */
export function withoutOurs(containers: Record<string, Seen>): Record<string, Seen> {
  return Object.fromEntries(
    Object.entries(containers)
      .filter(([name]) => !name.startsWith('latchkey-'))
      .map(([name, { env, files }]) => [
        name,
        {
          files,
          env: Object.fromEntries(
            Object.entries(env).filter(([key]) => !/^(?:LK_IN_PLACE_|LATCHKEY_)/.test(key)),
          ),
        },
      ]),
  );
}

/** Puts what a store file holds into AWS, in every region that is asked. */
export function fillAws(aws: FetchPod['aws'], store: StoreFile, regions: readonly string[]): void {
  for (const region of regions) {
    for (const [key, value] of store.ssm) {
      if (!key.includes(':')) aws.ssm.put(key, Buffer.from(value.reveal()).toString(), { region });
    }
    for (const [key, value] of store.secretsmanager) {
      const [name = '', stage] = key.split('?stage=');
      const bytes = value.isText ? Buffer.from(value.reveal()).toString() : value.reveal();
      aws.secrets.put(name, bytes, { region, ...(stage === undefined ? {} : { stages: [stage] }) });
    }
  }
}

/** With `memory` delivery: `latchkey fetch` as a process, on the plan that the webhook writes into the pod. */
export async function applicationWithMemory(
  t: Test,
  text: string,
  store: StoreFile,
  start: () => Promise<FetchPod>,
): Promise<Application> {
  const objects = objectsIn(text);
  const found: Record<string, Application[string]> = {};
  for (const pod of podsIn(objects)) {
    const plan = planOf(pod, objects);
    if (plan === undefined) throw new Error('nothing is asked for');
    const { operations, problems } = deliverMemory(
      narrowPod(pod.json),
      { ...plan, delivery: 'memory' },
      {
        fetchImage: 'latchkey',
        fetchResources: { cpu: '50m', memory: '96Mi' },
        fetchDeadlineSeconds: 30,
        namespace: pod.namespace,
        serviceAccount: pod.serviceAccountName,
        webIdentity: { roleArn: ROLE, audience: 'sts.amazonaws.com' },
        status: { version: 1, plan: '', delivery: 'memory' },
      },
    );
    t.same(problems.map(describe), []);
    const patched = apply(pod.json, operations);
    const fetchPod = await start();
    fillAws(fetchPod.aws, store, [...new Set(addressesOf(plan).map(({ region }) => region))]);
    if (plan.assumeRoleArn !== undefined)
      fetchPod.aws.role(plan.assumeRoleArn, { trust: [{ roleArn: ROLE }] });
    const left = await fetched(t, patched, fetchPod);
    found[titleOf(pod.template.object)] = seen(() => withoutOurs(runPod(patched, new Map(), left)));
  }
  return found;
}

interface PatchedPod {
  readonly spec: {
    readonly initContainers?: readonly {
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
}

/** Runs the init container: the plan that is in the pod, with this machine's directories, token and endpoint. */
export async function fetched(t: Test, patched: unknown, pod: FetchPod): Promise<Left> {
  const env = (patched as PatchedPod).spec.initContainers?.flatMap((container) => container.env ?? []) ?? [];
  const written = decodeFetchPlan(env.find(({ name }) => name === FETCH_PLAN_VARIABLE)?.value);
  const here = pod.plan([]);
  const run = await pod.run({
    ...written,
    ...(written.filesRoot === undefined ? {} : { filesRoot: here.filesRoot ?? '' }),
    ...(written.pathsRoot === undefined ? {} : { pathsRoot: here.pathsRoot ?? '' }),
    ...(written.envFile === undefined ? {} : { envFile: here.envFile ?? '' }),
    ...(here.webIdentity === undefined ? {} : { webIdentity: here.webIdentity }),
    endpoint: pod.aws.url,
  });
  t.equal(run.code, 0, run.stderr);
  const envFile = join(pod.directory, 'env', ENV_FILE);
  const variables = existsSync(envFile) ? readFileSync(envFile) : Buffer.alloc(0);
  return {
    directories: new Map([
      [VOLUME_FILES, filesBelow(join(pod.directory, 'files'))],
      [VOLUME_PATHS, filesBelow(join(pod.directory, 'paths'))],
      [VOLUME_ENV, new Map<string, MountedFile>()],
    ]),
    variable: (key) => Buffer.from(readKubeletEnvFile(variables, key)).toString('latin1'),
  };
}

function filesBelow(directory: string): Map<string, MountedFile> {
  const paths = readdirSync(directory, { recursive: true }).map(String);
  return new Map(
    paths.flatMap((path) => {
      const stats = statSync(join(directory, path));
      if (!stats.isFile()) return [];
      return [
        [path, { bytes: readFileSync(join(directory, path), 'latin1'), mode: stats.mode & 0o777 }] as const,
      ];
    }),
  );
}
