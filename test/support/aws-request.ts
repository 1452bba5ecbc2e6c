// The wire formats of AWS, read: which action of which service, in which region, about which names, signed by whom.

import type { IncomingMessage } from 'node:http';

import { jsonInput, type JsonInput } from './aws-double-answer.ts';

/** One request as it was seen, whatever was answered. */
export interface AwsCall {
  /** `ssm:GetParameters`, `secretsmanager:GetSecretValue`, `sts:AssumeRoleWithWebIdentity` … */
  readonly action: string;
  /** '' for an unsigned call without a region in its path. */
  readonly region: string;
  /** The role that called; undefined for unsigned calls. */
  readonly roleArn?: string;
  readonly sessionName?: string;
  /** Parameter names with selectors, a path, a secret id, or the role to assume. */
  readonly names: readonly string[];
  /** STS only: `RoleSessionName`, `Policy`, `DurationSeconds`, `ExternalId`, tags as `key=value`. Never the token. */
  readonly sts?: {
    readonly sessionName: string;
    readonly policy?: string;
    readonly seconds: number;
    readonly externalId?: string;
    readonly tags?: readonly string[];
    readonly transitiveTagKeys?: readonly string[];
  };
}

export interface AwsRequest {
  readonly call: AwsCall;
  readonly protocol: 'json' | 'xml';
  readonly json: JsonInput;
  readonly form: URLSearchParams;
  /** Of the signature; undefined for unsigned calls. */
  readonly accessKeyId: string | undefined;
  readonly sessionToken: string | undefined;
}

export function readAwsRequest({ headers, url }: IncomingMessage, body: string): AwsRequest {
  const target = headers['x-amz-target'];
  const [, accessKeyId, signedRegion] =
    /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const token = headers['x-amz-security-token'];
  const region = signedRegion ?? (url ?? '/').split('/')[1] ?? '';
  const signer = { accessKeyId, sessionToken: typeof token === 'string' ? token : undefined };

  if (typeof target !== 'string') {
    const form = new URLSearchParams(body);
    return { ...signer, call: stsCall(form, region), protocol: 'xml', json: {}, form };
  }
  const json = jsonInput(body);
  const [prefix = '', operation = ''] = target.split('.');
  const action = `${prefix === 'AmazonSSM' ? 'ssm' : 'secretsmanager'}:${operation}`;
  const named = json['Names'] ?? json['Name'] ?? json['Path'] ?? json['SecretId'] ?? json['ResourceId'] ?? [];
  const names = [named].flat().map(String);
  return { ...signer, call: { action, region, names }, protocol: 'json', json, form: new URLSearchParams() };
}

function stsCall(form: URLSearchParams, region: string): AwsCall {
  const policy = form.get('Policy');
  const externalId = form.get('ExternalId');
  const values = membersOf(form, 'Tags', '.Value');
  const tags = membersOf(form, 'Tags', '.Key').map((key, index) => `${key}=${values[index] ?? ''}`);
  const transitiveTagKeys = membersOf(form, 'TransitiveTagKeys');
  return {
    action: `sts:${form.get('Action') ?? ''}`,
    region,
    names: [form.get('RoleArn') ?? ''],
    sts: {
      sessionName: form.get('RoleSessionName') ?? '',
      seconds: Number(form.get('DurationSeconds') ?? 3600),
      ...(policy === null ? {} : { policy }),
      ...(externalId === null ? {} : { externalId }),
      ...(tags.length === 0 ? {} : { tags }),
      ...(transitiveTagKeys.length === 0 ? {} : { transitiveTagKeys }),
    },
  };
}

/** The members of a list of the query protocol: `Tags.member.1.Key`, `Tags.member.2.Key` … */
function membersOf(form: URLSearchParams, list: string, field = ''): readonly string[] {
  const found: string[] = [];
  for (let index = 1; form.has(`${list}.member.${String(index)}${field}`); index += 1) {
    found.push(form.get(`${list}.member.${String(index)}${field}`) ?? '');
  }
  return found;
}
