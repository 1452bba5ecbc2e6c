import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { addressKey } from '../../request/addresses.ts';
import type { Address } from '../../request/plan.ts';
import { MOST_REFERENCES } from '../../request/source.ts';
import type { Access, Question } from '../recipe.ts';
import { BACKENDS } from './backend.ts';
import type { Findings } from './findings.ts';
import { readKesKey, readKesPath } from './key.ts';
import { wrong } from './shape.ts';
import type { KesItem, KesSpec } from './spec.ts';

/** An item of the definition with what is read for it. */
export interface Asked<Item extends KesItem = KesItem> {
  readonly item: Item;
  readonly question: Question;
}

/** Every item in the order in which KES merges them: what comes later wins. */
export function itemsOf(
  spec: Pick<KesSpec, 'data' | 'dataFrom' | 'dataFromWithOptions'>,
): readonly KesItem[] {
  return [...spec.dataFrom, ...spec.dataFromWithOptions, ...spec.data];
}

/** What an item names, as written. */
export function writtenName(item: KesItem): string {
  return item.kind === 'path' ? item.path : item.key;
}

/** Whose identity reads: the role of the definition, assumed from the reader's own. */
export function accessOf({ roleArn }: Pick<KesSpec, 'roleArn'>): Access {
  const roles = roleArn === undefined ? [] : [{ roleArn: roleArn.value, place: roleArn.place }];
  return { reader: { kind: 'default' }, roles };
}

/**
 * What one item asks for, and where.
 *
 * @param region of the surroundings, for a definition that names none
 * @throws LatchkeyError LK-REGION, or what {@link readKesKey} and {@link readKesPath} throw
 */
export function kesAddress(
  spec: Pick<KesSpec, 'backend' | 'region'>,
  item: KesItem,
  region: string | undefined,
): Address {
  if (item.kind === 'path') {
    const below = item.recursive ? 'all-levels' : 'one-level';
    const name = readKesPath(item.path);
    return { store: 'ssm', region: settledRegion(spec, undefined, region), name, below };
  }
  const { name, selector, region: ofArn } = readKesKey(spec.backend, item.key);
  return {
    store: BACKENDS[spec.backend],
    region: settledRegion(spec, ofArn, region),
    name,
    ...(selector !== undefined && { selector }),
    ...(item.version.id !== undefined && { version: item.version.id }),
    ...(item.version.stage !== undefined && { stage: item.version.stage }),
  };
}

function settledRegion(
  spec: Pick<KesSpec, 'region'>,
  ofArn: string | undefined,
  surrounding: string | undefined,
): string {
  const written = spec.region?.value;
  if (ofArn !== undefined && written !== undefined && ofArn !== written) {
    throw new LatchkeyError(
      'LK-REGION',
      `the ARN says ${ofArn}, but region says ${quoted(written)}`,
      'Correct one of the two: AWS answers only in the region of the ARN.',
    );
  }
  const region = ofArn ?? written ?? surrounding;
  if (region !== undefined && region !== '') return region;
  throw new LatchkeyError(
    'LK-REGION',
    'no region is named',
    "Write region, or set the namespace's annotation latchkey.dev/region or --region. KES took AWS_REGION (its chart's default is us-west-2).",
  );
}

/** Every item with its question. An item that cannot be asked is a problem; a missing region is one for all. */
export function askedOf(spec: KesSpec, region: string | undefined, findings: Findings): readonly Asked[] {
  const access = accessOf(spec);
  let noRegion = false;
  return itemsOf(spec).flatMap((item) => {
    const text = writtenName(item);
    try {
      return { item, question: { access, address: kesAddress(spec, item, region), place: item.place, text } };
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      const isSame = error.code === 'LK-REGION' && noRegion;
      if (!isSame) findings.refuse(item.place, () => error, text);
      noRegion ||= error.code === 'LK-REGION';
      return [];
    }
  });
}

/** Each question once, at the place that asks first. Too many are a problem. */
export function distinctQuestions(
  asked: readonly Asked[],
  { place }: KesSpec,
  findings: Findings,
): readonly Question[] {
  const distinct = new Map<string, Question>();
  for (const { question } of asked) {
    const key = addressKey(question.address);
    if (!distinct.has(key)) distinct.set(key, question);
  }
  if (distinct.size > MOST_REFERENCES) {
    findings.refuse(place, () =>
      wrong(
        `the definition reads ${distinct.size} secrets and parameters`,
        `At most ${MOST_REFERENCES} are read: keep values that belong together in one JSON secret, or name a path.`,
      ),
    );
  }
  return [...distinct.values()];
}
