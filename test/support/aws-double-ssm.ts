// Parameter Store as its API reference describes it: GetParameter, GetParameters, GetParametersByPath,
// DescribeParameters and ListTagsForResource.

import { AwsAnswerError, textOf, textsOf } from './aws-double-answer.ts';
import type { Authorise, JsonInput } from './aws-double-answer.ts';
import { page, parameterFilter, tagList } from './aws-double-search.ts';

export interface ParameterOptions {
  readonly region?: string;
  readonly type?: 'String' | 'StringList' | 'SecureString';
  readonly labels?: readonly string[];
  /** Of the parameter, whatever the version; absent: as they were. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What KMS says when this value is to be decrypted. */
  readonly kms?: 'denied' | 'disabled';
}

interface Version {
  readonly value: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly kms: 'denied' | 'disabled' | undefined;
}

interface Parameter {
  readonly region: string;
  readonly name: string;
  readonly versions: Version[];
  tags: Readonly<Record<string, string>>;
}

export interface SsmDouble {
  /** Adds a version and returns its number. */
  put(name: string, value: string, options?: ParameterOptions): number;
  delete(name: string, region?: string): void;
  answer(action: string, input: JsonInput, region: string, authorise: Authorise): unknown;
}

const ARN = /^arn:[^:]+:ssm:([^:]*):(\d*):parameter(\/.*)$/;

export function createSsmDouble(account: string): SsmDouble {
  const parameters = new Map<string, Parameter>();
  const arnOf = (region: string, name: string): string =>
    `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;

  function locate(text: string, region: string): { name: string; selector: string } {
    const arn = ARN.exec(text);
    const path = arn === null ? text : (arn[3] ?? '');
    const colon = path.indexOf(':');
    const plain = colon < 0 ? path : path.slice(0, colon);
    const selector = colon < 0 ? '' : path.slice(colon);
    // An ARN does not tell `/name` from `name`.
    const name = arn !== null && !parameters.has(key(region, plain)) ? plain.slice(1) : plain;
    return { name, selector };
  }

  function describe(
    text: string,
    region: string,
    authorise: Authorise,
  ): Record<string, unknown> | 'name' | 'version' {
    const { name, selector } = locate(text, region);
    authorise({ name, arn: arnOf(region, name) });
    const versions = parameters.get(key(region, name))?.versions;
    if (versions === undefined) return 'name';
    const wanted = selector.slice(1);
    const index =
      selector === ''
        ? versions.length - 1
        : /^\d+$/.test(wanted)
          ? Number(wanted) - 1
          : versions.findIndex((version) => version.labels.includes(wanted));
    const version = versions[index];
    if (version === undefined) return 'version';
    if (version.kms === 'disabled')
      throw new AwsAnswerError('InvalidKeyId', 'key arn:aws:kms::key/abc is disabled');
    if (version.kms === 'denied') {
      throw new AwsAnswerError(
        'AccessDeniedException',
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      );
    }
    return {
      Name: ARN.test(text) && !text.includes(`:${account}:`) ? arnOf(region, name) : name,
      Type: version.type,
      Value: version.value,
      Version: index + 1,
      ...(selector === '' ? {} : { Selector: selector }),
      LastModifiedDate: 1_700_000_000,
      ARN: arnOf(region, name),
      DataType: 'text',
    };
  }

  function getParameters(input: JsonInput, region: string, authorise: Authorise): unknown {
    const names = textsOf(input['Names']);
    if (names.length === 0 || names.length > 10) {
      throw new AwsAnswerError(
        'ValidationException',
        `1 validation error detected: Value at 'names' has ${names.length}`,
      );
    }
    if (names.some((name) => / \S/.test(name.trim()))) {
      throw new AwsAnswerError('ValidationException', 'Parameter name: can’t contain spaces');
    }
    // IAM is asked about every name before any is read: one denied name fails all.
    for (const text of names) {
      const { name } = locate(text, region);
      authorise({ name, arn: arnOf(region, name) });
    }
    const found: Record<string, unknown>[] = [];
    const invalid: string[] = [];
    for (const text of names) {
      const described = describe(text, region, authorise);
      if (typeof described === 'string') invalid.push(text);
      else found.push(described);
    }
    found.sort((a, b) => (String(a['Name']) < String(b['Name']) ? -1 : 1));
    return { Parameters: found, InvalidParameters: invalid };
  }

  function getParametersByPath(input: JsonInput, region: string, authorise: Authorise): unknown {
    const path = textOf(input['Path']);
    if (!path.startsWith('/'))
      throw new AwsAnswerError('ValidationException', 'The parameter doesn’t meet the hierarchy');
    const below = path.endsWith('/') ? path : `${path}/`;
    authorise({ name: path, arn: arnOf(region, path) });
    const names = [...parameters.values()]
      .filter((parameter) => parameter.region === region && parameter.name.startsWith(below))
      .map(({ name }) => name)
      .filter((name) => input['Recursive'] === true || !name.slice(below.length).includes('/'))
      .sort();
    const start = Number(input['NextToken'] ?? 0);
    const end = start + Number(input['MaxResults'] ?? 10);
    return {
      Parameters: names.slice(start, end).map((name) => describe(name, region, authorise)),
      ...(end < names.length ? { NextToken: String(end) } : {}),
    };
  }

  function getParameter(input: JsonInput, region: string, authorise: Authorise): unknown {
    const described = describe(textOf(input['Name']), region, authorise);
    if (described === 'name') throw new AwsAnswerError('ParameterNotFound', '');
    if (described === 'version') {
      throw new AwsAnswerError('ParameterVersionNotFound', 'Systems Manager could not find version');
    }
    return { Parameter: described };
  }

  function describeParameters(input: JsonInput, region: string, authorise: Authorise): unknown {
    authorise({ name: '*', arn: '*' });
    const matching = [...parameters.values()]
      .filter((parameter) => parameter.region === region)
      .filter(parameterFilter(input));
    const { items, ...next } = page(matching, input, 10);
    return { Parameters: items.map(({ name }) => ({ Name: name, ARN: arnOf(region, name) })), ...next };
  }

  function listTags(input: JsonInput, region: string, authorise: Authorise): unknown {
    const name = textOf(input['ResourceId']);
    authorise({ name, arn: arnOf(region, name) });
    const parameter = parameters.get(key(region, name));
    if (parameter === undefined) throw new AwsAnswerError('InvalidResourceId', '');
    return { TagList: tagList(parameter) };
  }

  return {
    put(name, value, { region = 'eu-west-1', type = 'SecureString', labels = [], tags, kms } = {}) {
      const parameter = parameters.get(key(region, name)) ?? { region, name, versions: [], tags: {} };
      parameter.tags = tags ?? parameter.tags;
      parameter.versions.push({ value, type, labels, kms });
      parameters.set(key(region, name), parameter);
      return parameter.versions.length;
    },
    delete: (name, region = 'eu-west-1') => void parameters.delete(key(region, name)),
    answer(action, input, region, authorise) {
      if (action === 'GetParameters') return getParameters(input, region, authorise);
      if (action === 'GetParameter') return getParameter(input, region, authorise);
      if (action === 'GetParametersByPath') return getParametersByPath(input, region, authorise);
      if (action === 'DescribeParameters') return describeParameters(input, region, authorise);
      if (action === 'ListTagsForResource') return listTags(input, region, authorise);
      throw new AwsAnswerError('UnknownOperationException', action);
    },
  };
}

function key(region: string, name: string): string {
  return JSON.stringify([region, name]);
}
