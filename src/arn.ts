/** `arn:partition:service:region:account:resource`; `resource` keeps every further colon. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** '' for global services such as IAM. */
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** An ARN's fields, or undefined for what is none. */
export function splitArn(text: string): Arn | undefined {
  const [scheme, partition, service, region, account, ...resource] = text.split(':');
  if (scheme !== 'arn' || !partition || !service || region === undefined || account === undefined)
    return undefined;
  if (resource.length === 0) return undefined;
  return { partition, service, region, account, resource: resource.join(':') };
}

export function joinArn(arn: Arn): string {
  return ['arn', arn.partition, arn.service, arn.region, arn.account, arn.resource].join(':');
}
