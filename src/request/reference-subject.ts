// What stands before the `?` of a reference: a store's own name, or an ARN.

import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { Arn } from '../arn.ts';
import { parseRegionalArn } from './arn.ts';
import type { Address, StoreName } from './plan.ts';
import type { Use } from './reference-options.ts';

export interface Subject {
  readonly store: StoreName;
  /** As AWS takes it, without selector and wildcard; behind `./` when `relative`. An ARN where one was written. */
  readonly name: string;
  /** The name stands below the namespace's prefix. */
  readonly relative: boolean;
  readonly arn?: Arn;
  readonly region?: string;
  readonly selector?: string;
  readonly below?: NonNullable<Address['below']>;
}

const SSM_NAME = /^[A-Za-z0-9_.\-/]+$/;
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]+$/;
const SELECTOR = /^[A-Za-z0-9_.-]{1,100}$/;
const LONGEST_SSM_NAME = 1011;
const LONGEST_SECRET_NAME = 512;
/** Parameters below this are Secrets Manager's secrets, with their names' wider alphabet. */
const SECRET_REFERENCE_PATH = '/aws/reference/secretsmanager/';

function syntax(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-SYNTAX', message, remedy);
}

function hasWholeSegments(path: string): boolean {
  const segments = (path.startsWith('/') ? path.slice(1) : path).split('/');
  return segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** Whether AWS can have a parameter of this name: with its leading slash where it has more than one segment. */
export function isParameterName(name: string): boolean {
  const alphabet = name.startsWith(SECRET_REFERENCE_PATH) ? SECRET_NAME : SSM_NAME;
  if (!alphabet.test(name) || name.length > LONGEST_SSM_NAME || !hasWholeSegments(name)) return false;
  return name.startsWith('/') || !name.includes('/');
}

/** Whether text can stand behind the colon of a parameter's name. */
export function isParameterSelector(text: string): boolean {
  return SELECTOR.test(text);
}

/** Whether AWS can have a secret of this name. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && name.length <= LONGEST_SECRET_NAME;
}

function checkSegments(path: string): void {
  if (hasWholeSegments(path)) return;
  throw syntax(
    'the name has an empty segment, or one that is . or ..',
    'Write the name as AWS shows it, with single slashes and none at the end.',
  );
}

function checkSsmName(name: string): void {
  const alphabet = name.startsWith(SECRET_REFERENCE_PATH) ? SECRET_NAME : SSM_NAME;
  if (name.includes('*')) {
    throw syntax(
      'a wildcard stands only at the end of a path',
      'Write ssm:/path/* for one level or ssm:/path/** for all.',
    );
  }
  if (!alphabet.test(name) || name.length > LONGEST_SSM_NAME) {
    throw syntax(
      'this is no parameter name',
      `A parameter's name has letters, digits, _ . - and / only, at most ${LONGEST_SSM_NAME} of them.`,
    );
  }
  checkSegments(name);
}

function withoutSelector(text: string): { readonly name: string; readonly selector?: string } {
  const at = text.indexOf(':');
  if (at === -1) return { name: text };
  const selector = text.slice(at + 1);
  if (!SELECTOR.test(selector)) {
    throw syntax(
      `${quoted(selector)} is neither a version nor a label`,
      'Behind the name of a parameter stands :3 for a version or :LABEL for a label.',
    );
  }
  return { name: text.slice(0, at), selector };
}

function readPath(text: string, use: Use): Pick<Subject, 'name' | 'below'> | undefined {
  const wildcard = /(?:^|\/)(\*\*?)$/.exec(text)?.[1];
  if (wildcard === undefined) return undefined;
  if (use !== 'members') {
    throw syntax(
      'a path brings many values',
      'Use it in latchkey.dev/env-from or latchkey.dev/files-from, or name one parameter here.',
    );
  }
  const path = text.slice(0, -wildcard.length);
  const name = path.length > 1 ? path.slice(0, -1) : path;
  if (name !== '' && name !== '/') checkSsmName(name);
  return { name, below: wildcard === '*' ? 'one-level' : 'all-levels' };
}

function checkFullName(name: string): void {
  if (name.startsWith('/')) return;
  throw syntax(
    'a parameter name with a / in it, and a path, begins with one',
    `Write ssm:/${name}, or ssm:./${name} below the namespace's prefix.`,
  );
}

function checkRelative(rest: string): void {
  if (!rest.startsWith('/')) return;
  throw syntax('two slashes follow one another', `Write ssm:.${rest}.`);
}

function readSsm(text: string, use: Use): Subject {
  const relative = text.startsWith('./');
  const rest = relative ? text.slice(2) : text;
  if (relative) checkRelative(rest);
  const path = readPath(rest, use);
  if (path !== undefined) {
    if (!relative) checkFullName(path.name);
    return { store: 'ssm', relative, ...path };
  }
  const { name, selector } = withoutSelector(rest);
  checkSsmName(name);
  if (!relative && name.includes('/')) checkFullName(name);
  return { store: 'ssm', name, relative, ...(selector !== undefined && { selector }) };
}

function checkSecretName(name: string): void {
  if (name.includes('*')) {
    throw syntax(
      'Secrets Manager has no paths',
      'Name one secret; with env-from each member of its JSON is a variable.',
    );
  }
  if (name.includes(':')) {
    throw syntax(
      'a secret name has no colon',
      'A version is asked for with ?version=ID or ?stage=LABEL, a JSON key with #KEY.',
    );
  }
  if (!SECRET_NAME.test(name) || name.length > LONGEST_SECRET_NAME) {
    throw syntax(
      'this is no secret name',
      `A secret's name has letters, digits and / _ + = . @ - only, at most ${LONGEST_SECRET_NAME} of them.`,
    );
  }
}

function readSecretsManager(text: string): Subject {
  const relative = text.startsWith('./');
  const name = relative ? text.slice(2) : text;
  checkSecretName(name);
  if (relative) checkSegments(name);
  return { store: 'secretsmanager', name, relative };
}

/** The form that Amazon ECS takes: `…:secret:NAME:json-key:stage:version-id`, each of the last three may be empty. */
function checkEcsForm(text: string, arn: Arn): void {
  const [kind = '', name = '', key = '', stage = '', version = '', ...more] = arn.resource.split(':');
  if (arn.resource === `${kind}:${name}`) return;
  const options = [
    ...(stage === '' ? [] : [`stage=${stage}`]),
    ...(version === '' ? [] : [`version=${version}`]),
  ];
  const base = text.slice(0, text.length - arn.resource.length);
  const right = `${base}${kind}:${name}${options.length === 0 ? '' : `?${options.join('&')}`}${key === '' ? '' : `#${key}`}`;
  throw syntax(
    'this is the form that Amazon ECS takes',
    more.length === 0
      ? `Here it reads ${quoted(right, 400)}.`
      : 'Write the ARN, then ?stage= or ?version=, then #KEY.',
  );
}

function readSecretArn(text: string, arn: Arn): Subject {
  if (!arn.resource.startsWith('secret:')) {
    throw syntax('the ARN is not that of a secret', "A secret's ARN has secret:NAME behind the account.");
  }
  checkEcsForm(text, arn);
  checkSecretName(arn.resource.slice('secret:'.length));
  return { store: 'secretsmanager', name: text, relative: false, arn, region: arn.region };
}

function readParameterArn(text: string, arn: Arn): Subject {
  if (!arn.resource.startsWith('parameter/')) {
    throw syntax(
      'the ARN is not that of a parameter',
      "A parameter's ARN has parameter/NAME behind the account.",
    );
  }
  const rest = arn.resource.slice('parameter'.length);
  if (rest.includes('*')) {
    throw syntax(
      'AWS lists parameters by path, not by ARN',
      'Write ssm:/path/* with ?region= where it is needed.',
    );
  }
  const { name, selector } = withoutSelector(rest);
  checkSsmName(name);
  const bare = text.slice(0, text.length - rest.length + name.length);
  return {
    store: 'ssm',
    name: bare,
    relative: false,
    arn,
    region: arn.region,
    ...(selector !== undefined && { selector }),
  };
}

function readArn(text: string): Subject {
  const arn = parseRegionalArn(text);
  if (arn.service === 'secretsmanager') return readSecretArn(text, arn);
  if (arn.service === 'ssm') return readParameterArn(text, arn);
  throw new LatchkeyError(
    'LK-UNKNOWN',
    `an ARN of ${quoted(arn.service)} is no reference`,
    'Only the ARN of a secret (secretsmanager) or of a parameter (ssm) is one.',
  );
}

/** Reads `ssm:…`, `secretsmanager:…` or an ARN. Throws LK-SYNTAX, LK-UNKNOWN or LK-REGION. */
export function readSubject(text: string, store: StoreName | 'arn', use: Use): Subject {
  if (store === 'arn') return readArn(text);
  const rest = text.slice(store.length + 1);
  if (rest.startsWith('arn:')) {
    throw syntax('an ARN stands alone', `Leave out ${store}: before it.`);
  }
  if (rest === '' || rest === './') {
    throw syntax('no name follows the store', `Write ${store}:NAME.`);
  }
  return store === 'ssm' ? readSsm(rest, use) : readSecretsManager(rest);
}
