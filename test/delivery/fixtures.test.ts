// Walks test/fixtures/pods: adding a case is adding a file. `<case>.yaml` holds a pod and, after `---`, what surrounds it
// (see Surroundings); `<case>.patch.json` what comes of it. UPDATE_FIXTURES=1 writes the latter; read the difference.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { narrowPod } from '../../src/admission/narrow-pod.ts';
import { isRecord } from '../../src/delivery/converge.ts';
import { decodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import { FETCH_PLAN_VARIABLE } from '../../src/names.ts';
import { conforms } from './conformance.ts';
import type { Reviewed, Surroundings } from './rounds.ts';

const FOLDER = new URL('../fixtures/pods/', import.meta.url);
const CASES = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : [],
);

function readCase(name: string): readonly [unknown, Surroundings] {
  const documents = parseAllDocuments(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8'));
  const [pod, surroundings = {}] = documents.map((document): unknown => document.toJS());
  return [pod, isRecord(surroundings) ? surroundings : {}];
}

/** What a reviewer of a fixture wants to see: the patch, or what is wrong; the plan of `fetch` in clear. */
function summary(reviewed: Reviewed): unknown {
  if (reviewed.kind !== 'delivered') return reviewed;
  const { operations, warnings } = reviewed.delivered;
  return warnings.length === 0 ? readable(operations) : { operations: readable(operations), warnings };
}

function readable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    isRecord(part) && part['name'] === FETCH_PLAN_VARIABLE
      ? { ...part, value: decodeFetchPlan(String(part['value'])) }
      : part,
  );
}

for (const name of CASES) {
  t.test(name, async (t) => {
    const [object, surroundings] = readCase(name);
    const expected = new URL(`${name}.patch.json`, FOLDER);

    const reviewed = conforms(t, narrowPod(object), surroundings);

    const text = `${JSON.stringify(summary(reviewed), undefined, 2)}\n`;
    if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(expected, text);
    t.ok(existsSync(expected), 'the expected patch stands beside the pod');
    t.equal(text, readFileSync(expected, 'utf8'));
  });
}
