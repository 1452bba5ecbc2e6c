// What `key` and `path` may say: a name as AWS takes it, or an ARN.

import type { Arn } from '../../arn.ts';
import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { parseRegionalArn } from '../../request/arn.ts';
import { isParameterName, isParameterSelector, isSecretName } from '../../request/reference-subject.ts';
import type { KesBackend } from './backend.ts';
import { BACKENDS } from './backend.ts';
import { wrong } from './shape.ts';

export interface KesKey {
  /** As sent to AWS, without version or label. */
  readonly name: string;
  /** SSM: what follows the name's colon. */
  readonly selector?: string;
  /** Of an ARN. */
  readonly region?: string;
}

function arnOf(backend: KesBackend, text: string): Arn {
  const arn = parseRegionalArn(text);
  const service = BACKENDS[backend];
  if (arn.service === service) return arn;
  const other = Object.entries(BACKENDS).find(([, store]) => store === arn.service)?.[0];
  throw wrong(
    `an ARN of ${quoted(arn.service)} is not read by backend ${backend}`,
    other === undefined ? `Give the ARN or the name that ${service} has.` : `Write backendType: ${other}.`,
  );
}

function readSecretKey(text: string): KesKey {
  const arn = text.startsWith('arn:') ? arnOf('secretsManager', text) : undefined;
  const name = arn === undefined ? text : arn.resource.replace(/^secret:/, '');
  if (!isSecretName(name) || arn?.resource === name) {
    throw wrong(
      `${quoted(text)} is not the name or ARN of a secret`,
      'A name has letters, digits and / _ + = . @ - only. A JSON key is asked for with property, a version with versionId or versionStage.',
    );
  }
  return { name: text, ...(arn !== undefined && { region: arn.region }) };
}

interface Parameter {
  readonly name: string;
  readonly selector?: string;
}

/** What stands before and behind the first colon. */
function splitSelector(text: string): Parameter {
  const colon = text.indexOf(':');
  return colon === -1 ? { name: text } : { name: text.slice(0, colon), selector: text.slice(colon + 1) };
}

function checkParameter({ name, selector }: Parameter, text: string): void {
  if (!isParameterName(name)) {
    throw wrong(
      `${quoted(text)} is not the name or ARN of a parameter`,
      isParameterName(`/${name}`)
        ? `Write /${name}: with a / in it, a name begins with one.`
        : 'A name has letters, digits and / _ . - only; behind it may stand :VERSION or :LABEL.',
    );
  }
  if (selector === undefined || isParameterSelector(selector)) return;
  throw wrong(
    `${quoted(selector)} is neither a version nor a label`,
    'Behind the name of a parameter stands :3 for a version or :LABEL for a label.',
  );
}

function readParameterKey(text: string): KesKey {
  if (!text.startsWith('arn:')) {
    const parameter = splitSelector(text);
    checkParameter(parameter, text);
    return parameter;
  }
  const { resource, region } = arnOf('systemManager', text);
  const parameter = splitSelector(resource.replace(/^parameter(?=\/)/, ''));
  checkParameter(resource.startsWith('parameter/') ? parameter : { name: '' }, text);
  const { selector } = parameter;
  if (selector === undefined) return { name: text, region };
  return { name: text.slice(0, -selector.length - 1), selector, region };
}

/**
 * Reads a `key`: a secret's name or ARN, or a parameter's with `:VERSION` or `:LABEL` behind it.
 * @throws LatchkeyError LK-DEFINITION, LK-SYNTAX or LK-REGION (of an ARN)
 */
export function readKesKey(backend: KesBackend, text: string): KesKey {
  return backend === 'secretsManager' ? readSecretKey(text) : readParameterKey(text);
}

/**
 * The path to list. AWS takes it with and without a slash at its end: both are one question.
 * @throws LatchkeyError LK-DEFINITION
 */
export function readKesPath(text: string): string {
  const path = text.length > 1 ? text.replace(/\/$/, '') : text;
  if (text === '/' || (path.startsWith('/') && isParameterName(path))) return path;
  throw new LatchkeyError(
    'LK-DEFINITION',
    `${quoted(text)} is not a path of parameters`,
    'A path begins with / and has letters, digits and / _ . - only.',
  );
}
