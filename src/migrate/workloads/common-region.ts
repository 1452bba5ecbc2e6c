import type { Reference } from '../../request/reference.ts';
import { isReference, type Meaning, type Members } from '../definitions/meaning.ts';
import type { Accepted } from './accepted.ts';
import { meaningsIn } from './accepted.ts';
import type { Existing } from './existing.ts';
import type { Wishes } from './wishes.ts';

function referencesIn(all: readonly Accepted[]): readonly Reference[] {
  return all
    .flatMap(meaningsIn)
    .flatMap((said) => ('reference' in said ? [said.reference] : said.content.filter(isReference)));
}

/** The region that the annotation of the pod says, or will say once all references have the same. */
export function commonRegion(all: readonly Accepted[], existing: Existing): string | undefined {
  const written = existing.annotations.get('region')?.trim();
  if (written !== undefined || existing.plan !== undefined) return written;
  const regions = referencesIn(all).flatMap((reference) =>
    reference.arn === undefined && reference.store !== 'sealed' ? [reference.region ?? ''] : [],
  );
  const [first, ...more] = regions;
  return first !== '' && more.every((region) => region === first) ? first : undefined;
}

function without(reference: Reference, region: string): Reference {
  if (reference.arn !== undefined || reference.region !== region) return reference;
  const { region: _region, ...rest } = reference;
  return rest;
}

function inMeaning<Said extends Meaning>(meaning: Said, region: string): Said {
  return {
    ...meaning,
    content: meaning.content.map((part) => (isReference(part) ? without(part, region) : part)),
  };
}

function inMembers(members: Members, region: string): Members {
  return { ...members, reference: without(members.reference, region) };
}

/** The wishes without the option that the pod's annotation makes needless. */
export function withoutRegion(wishes: Wishes, region: string | undefined): Wishes {
  if (region === undefined) return wishes;
  return {
    ...wishes,
    variables: wishes.variables.map((each) => ({ ...each, meaning: inMeaning(each.meaning, region) })),
    members: wishes.members.map(({ members }) => ({ members: inMembers(members, region) })),
    files: wishes.files.map((each) => ({ ...each, meaning: inMeaning(each.meaning, region) })),
    directories: wishes.directories.map((each) => ({ ...each, members: inMembers(each.members, region) })),
  };
}
