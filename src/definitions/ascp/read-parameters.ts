import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { checkRegion, partitionOf } from '../../request/regions.ts';
import type { ObjectReader } from '../eso/object-reader.ts';
import { readTranslation, type Translation } from './translate-path.ts';

/** `spec.parameters`, but for the objects. */
export interface Parameters {
  readonly region?: string;
  readonly failoverRegion?: string;
  readonly translation: Translation;
  readonly usePodIdentity: boolean;
}

/** As Go's ParseBool reads them. */
const TRUE: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE: readonly string[] = ['', '0', 'f', 'F', 'FALSE', 'false', 'False'];

/** @param reader of `spec.parameters`; nothing there is as good as nothing in it */
export function readParameters(reader: ObjectReader | undefined): Parameters {
  const region = regionAt(reader, 'region');
  const failoverRegion = regionAt(reader, 'failoverRegion');
  if (region !== undefined && failoverRegion !== undefined) {
    reader?.attempt('failoverRegion', () => checkFailover(region, failoverRegion));
  }
  return {
    ...(region === undefined ? {} : { region }),
    ...(failoverRegion === undefined ? {} : { failoverRegion }),
    translation: translationOf(reader),
    usePodIdentity: flagOf(reader),
  };
}

/** Throws LK-REGION unless one can stand in for the other. */
export function checkFailover(region: string, failover: string): void {
  if (region === failover) {
    throw new LatchkeyError(
      'LK-REGION',
      `${region} is the region that is asked first, too`,
      'A failover region is another one: change it, or leave it out.',
    );
  }
  if (partitionOf(region) === partitionOf(failover)) return;
  throw new LatchkeyError(
    'LK-REGION',
    `${failover} is not in the partition of ${region}`,
    'A role is good in one partition only: name a failover region of the same one.',
  );
}

function regionAt(reader: ObjectReader | undefined, name: string): string | undefined {
  const text = reader?.text(name)?.trim() ?? '';
  if (text === '') return undefined;
  reader?.attempt(name, () => checkRegion(text));
  return text;
}

function translationOf(reader: ObjectReader | undefined): Translation {
  let translation: Translation = '_';
  reader?.attempt('pathTranslation', () => {
    translation = readTranslation(reader.text('pathTranslation') ?? '');
  });
  return translation;
}

function flagOf(reader: ObjectReader | undefined): boolean {
  const text = reader?.text('usePodIdentity') ?? '';
  if (!TRUE.includes(text) && !FALSE.includes(text)) {
    reader?.note('usePodIdentity', {
      message: `${quoted(text)} is neither true nor false`,
      remedy: 'Write "true" or "false".',
    });
  }
  return TRUE.includes(text);
}
