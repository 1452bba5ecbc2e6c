// Walks test/fixtures/volumes: adding a case is adding a file. `<case>.yaml` holds a pod, then the SecretProviderClasses that
// it mounts, then what surrounds it; `<case>.patch.json` what comes of it. UPDATE_FIXTURES=1 writes the latter; read the
// difference.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { narrowPod } from '../../src/admission/narrow-pod.ts';
import { planVolumes } from '../../src/admission/plan-volumes.ts';
import { readProviderClass } from '../../src/definitions/ascp/read-provider-class.ts';
import { isRecord } from '../../src/delivery/converge.ts';
import { decodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import type { Operation } from '../../src/delivery/operations.ts';
import { deliverSecretVolumes, deliverVolumes, fillsVolumes } from '../../src/delivery/volumes.ts';
import type { Problem } from '../../src/errors.ts';
import { FETCH_PLAN_VARIABLE } from '../../src/names.ts';
import { classVolumes } from '../../src/request/class-volumes.ts';
import { planHash } from '../../src/request/plan-hash.ts';
import type { Container, Pod } from '../../src/request/pod.ts';
import { apply } from './apply.ts';
import { review, SECRET_NAME, type Surroundings } from './rounds.ts';
import { secondRound } from './second-round.ts';

const FOLDER = new URL('../fixtures/volumes/', import.meta.url);
const CASES = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : [],
);

interface Case {
  readonly pod: Pod;
  readonly classes: readonly unknown[];
  readonly surroundings: Surroundings;
}

type Answer =
  | { readonly problems: readonly Pick<Problem, 'code' | 'place' | 'message'>[] }
  | { readonly operations: readonly Operation[]; readonly warnings: readonly string[] };

function readCase(name: string): Case {
  const documents = parseAllDocuments(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8'));
  const [pod, ...rest] = documents.map((document): unknown => document.toJS());
  const isClass = (each: unknown) => isRecord(each) && each['kind'] === 'SecretProviderClass';
  const surroundings = rest.find((each) => isRecord(each) && !isClass(each));
  return {
    pod: narrowPod(pod),
    classes: rest.filter(isClass),
    surroundings: surroundings ?? {},
  };
}

/** One review: what annotations ask for, then the volumes of what came of that. */
async function answer({ pod, classes, surroundings }: Case): Promise<Answer> {
  const own = review(pod, surroundings);
  const before = own.kind === 'delivered' ? own.delivered.operations : [];
  const filled = await fill(narrowPod(apply(pod, before)), classes, surroundings);
  if (own.kind === 'problems') return { problems: own.problems.map(shortly) };
  return 'problems' in filled ? filled : { ...filled, operations: [...before, ...filled.operations] };
}

async function fill(
  pod: Pod,
  classes: readonly unknown[],
  { role, secretName = SECRET_NAME }: Surroundings,
): Promise<Answer> {
  const found = new Map(
    classes.map((object) => [
      (object as { metadata: { name: string } }).metadata.name,
      readProviderClass(object, {
        namespace: 'shop',
        namespaceLabels: {},
        namespaceAnnotations: {},
        region: 'eu-central-1',
        allowedSecretTypes: [],
      }),
    ]),
  );
  const planned = await planVolumes(pod, { volumes: classVolumes(pod), found });
  if (planned.kind === 'problems') return { problems: planned.problems.map(shortly) };
  if (planned.kind === 'skip' || !fillsVolumes(planned.plan)) return { operations: [], warnings: [] };
  const { plan } = planned;
  const status = { version: 1, plan: planHash(plan), delivery: plan.delivery } as const;
  const slots = plan.items.map(({ slot }) => slot);
  const ofRole = role !== undefined && plan.credentials !== 'pod-identity';
  const delivered =
    plan.delivery === 'secret'
      ? deliverSecretVolumes(pod, plan, { secretName, slots, status })
      : deliverVolumes(pod, plan, {
          fetchImage: 'ghcr.io/latchkey/latchkey:0.1.0',
          fetchResources: { cpu: '50m', memory: '96Mi' },
          fetchDeadlineSeconds: 300,
          namespace: 'shop',
          serviceAccount: 'nginx-deployment-sa',
          status,
          ...(ofRole ? { webIdentity: { roleArn: role, audience: 'sts.amazonaws.com' } } : {}),
        });
  if (delivered.problems.length > 0) return { problems: delivered.problems.map(shortly) };
  return { operations: delivered.operations, warnings: [...planned.warnings, ...delivered.warnings] };
}

function shortly({ code, place, message }: Problem): Pick<Problem, 'code' | 'place' | 'message'> {
  return { code, place, message };
}

function readable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    isRecord(part) && part['name'] === FETCH_PLAN_VARIABLE
      ? { ...part, value: decodeFetchPlan(String(part['value'])) }
      : part,
  );
}

/** The pod without what Latchkey adds, without what is behind its CSI volumes, and without whether mounts are read-only. */
function strip(pod: Pod): unknown {
  const { metadata, spec } = structuredClone(pod);
  const filled = new Set(classVolumes(pod).map(({ volume }) => volume));
  const isTheirs = ({ name }: { readonly name: string }) => !name.startsWith('latchkey-');
  const container = ({ volumeMounts = [], env = [], ...rest }: Container) => ({
    ...rest,
    env: env.filter(({ name }) => name !== 'PASSWORD'),
    volumeMounts: volumeMounts.filter(isTheirs).map((mount) => ({ ...mount, readOnly: true })),
  });
  return {
    annotations: Object.keys(metadata.annotations ?? {}).filter(
      (key) => !['latchkey.dev/volumes', 'latchkey.dev/status'].includes(key),
    ),
    spec: {
      ...spec,
      volumes: (spec.volumes ?? [])
        .filter(isTheirs)
        .map((volume) => (filled.has(volume.name) ? volume.name : volume)),
      initContainers: (spec.initContainers ?? []).filter(isTheirs).map(container),
      containers: spec.containers.map(container),
    },
  };
}

for (const name of CASES) {
  t.test(name, async (t) => {
    const given = readCase(name);
    const expected = new URL(`${name}.patch.json`, FOLDER);

    const first = await answer(given);

    if ('operations' in first) {
      const patched = narrowPod(apply(given.pod, first.operations));
      t.strictSame(strip(patched), strip(given.pod), 'nothing but what is ours has changed');
      t.notOk(JSON.stringify(patched.spec).includes('secrets-store.csi'), 'no CSI driver is needed');
      t.notOk(JSON.stringify(patched.spec).includes('hostPath'));
      const nothing = { operations: [], warnings: first.warnings };
      t.strictSame(await answer({ ...given, pod: patched }), nothing, 'a second review has nothing to do');
      const aged = narrowPod(secondRound(patched));
      t.strictSame(await answer({ ...given, pod: aged }), nothing, 'nor after other plugins');
    }
    const text = `${JSON.stringify(readable(first), undefined, 2)}\n`;
    if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(expected, text);
    t.ok(existsSync(expected), 'the expected patch stands beside the pod');
    t.equal(text, readFileSync(expected, 'utf8'));
  });
}
