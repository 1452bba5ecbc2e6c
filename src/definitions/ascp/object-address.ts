import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { Address, AwsStoreName } from '../../request/plan.ts';
import { readSubject, type Subject } from '../../request/reference-subject.ts';

/** What names a value in AWS. */
export interface Named {
  readonly name: string;
  /** '' where none is written. */
  readonly version: string;
  readonly label: string;
}

/** `objectType`, in our words. */
export const STORES = { secretsmanager: 'secretsmanager', ssmparameter: 'ssm' } as const;

const SHOWN: Readonly<Record<AwsStoreName, string>> = {
  secretsmanager: 'secretsmanager',
  ssm: 'ssmparameter',
};
const VERSION = /^[\x21-\x7e]{1,256}$/;

function wrong(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-DEFINITION', message, remedy);
}

/**
 * The store that an object is in: what `objectType` says, else the service of its ARN.
 *
 * @throws LatchkeyError LK-DEFINITION where neither says it, or they contradict one another
 */
export function storeOf(name: string, type: AwsStoreName | undefined): AwsStoreName {
  if (!name.startsWith('arn:')) {
    if (type !== undefined) return type;
    throw wrong('objectType is missing', 'Write objectType: secretsmanager or ssmparameter, or a whole ARN.');
  }
  const { store } = readSubject(name, 'arn', 'value');
  if (store === 'sealed' || (type !== undefined && type !== store)) {
    throw wrong(
      `the ARN is that of a ${store === 'ssm' ? 'parameter' : 'secret'}`,
      `Write objectType: ${SHOWN[store === 'ssm' ? 'ssm' : 'secretsmanager']}, or leave it out.`,
    );
  }
  return store;
}

/**
 * Where an object is; its region stays '' where nobody names one.
 *
 * @param region what the definition or its surroundings say; '' where nobody says anything
 * @param fixed whether an ARN of another region contradicts it
 * @throws LatchkeyError LK-DEFINITION, LK-SYNTAX, LK-REGION
 */
export function objectAddress(
  store: AwsStoreName,
  named: Named,
  region: { readonly name: string; readonly fixed: boolean },
): Address {
  const subject = subjectOf(store, named.name);
  if (region.fixed && subject.region !== undefined && subject.region !== region.name) {
    throw new LatchkeyError(
      'LK-REGION',
      `the ARN is of region ${subject.region}, but it is read in ${quoted(region.name)}`,
      'Correct one of the two: AWS answers only in the region of the ARN.',
    );
  }
  const base = { store, region: subject.region ?? region.name, name: subject.name };
  return { ...base, ...(store === 'ssm' ? selectorOf(named) : versionOf(named)) };
}

function subjectOf(store: AwsStoreName, name: string): Subject {
  if (name.startsWith('arn:')) {
    const subject = readSubject(name, 'arn', 'value');
    if (subject.store !== store) throw wrong('this is an ARN of another service', 'Name one of the same.');
    if (subject.selector !== undefined) throw versionInName();
    return subject;
  }
  if (name.startsWith('./') || name.includes('*')) {
    throw wrong('this is no name that AWS knows', 'Write the full name.');
  }
  if (store === 'ssm' && name.includes('/') && !name.startsWith('/')) {
    throw wrong('a parameter name with a / in it begins with one', `Write ${quoted(`/${name}`)}.`);
  }
  if (name.includes(':')) throw versionInName();
  return readSubject(`${store}:${name}`, store, 'value');
}

function versionInName(): LatchkeyError {
  return wrong(
    'a version or a label stands in the name',
    'Write it as objectVersion or objectVersionLabel: the AWS provider takes none in a name.',
  );
}

function selectorOf({ version, label }: Named): Pick<Address, 'selector'> {
  if (version !== '' && label !== '') {
    throw wrong(
      'a parameter has either objectVersion or objectVersionLabel',
      'Leave one of the two out: a version has its labels already.',
    );
  }
  const selector = version === '' ? label : version;
  if (selector === '') return {};
  // The grammar of references knows what AWS takes behind the colon.
  return { selector: readSubject(`ssm:NAME:${selector}`, 'ssm', 'value').selector ?? selector };
}

function versionOf({ version, label }: Named): Pick<Address, 'version' | 'stage'> {
  for (const text of [version, label]) {
    if (text !== '' && !VERSION.test(text)) {
      throw wrong('this is no version of a secret', 'Write the version or its stage as AWS shows it.');
    }
  }
  if (version === '') return label === '' || label === 'AWSCURRENT' ? {} : { stage: label };
  return label === '' ? { version } : { version, stage: label };
}
