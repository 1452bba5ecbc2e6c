import type { Address, AwsStoreName } from '../request/plan.ts';
import { type Arn, joinArn, splitArn } from '../arn.ts';
import { SCOPES } from '../sealed/scope.ts';

/** Whose account it is that names without an account are read in: that of the last role in the chain. */
export interface Account {
  readonly partition: string;
  readonly id: string;
}

/** Names of one and the same secret: a pattern for any of them speaks of it. */
export type Subjects = readonly [string, ...string[]];

/** What one spelling may mean: different secrets, of which the store will answer one. */
export type Readings = readonly [Subjects, ...Subjects[]];

/** The account of the credentials that read, from the last role's ARN; unknown without a role. */
export function accountOf(roleChain: readonly string[]): Account | undefined {
  const arn = splitArn(roleChain.at(-1) ?? '');
  return arn === undefined || !/^\d{12}$/.test(arn.account)
    ? undefined
    : { partition: arn.partition, id: arn.account };
}

/**
 * Every canonical name of what an address asks for. The same secret has the same subjects, however it is spelled:
 * `ssm:/shop/db` (always with its leading slash, without `:version` or `:label`), `secretsmanager:prod/db` (also for
 * `ssm:/aws/reference/secretsmanager/prod/db`), and the ARN without its random suffix. A secret of another account, or of
 * an account while ours is not known, has only its ARN. The path of a listing ends in `/`, so that `ssm:/shop/**` and
 * `ssm:/shop/*` speak of it and `ssm:/shop/db-*` does not. A sealed value has no name but its scope,
 * which only opening it tells.
 */
export function readingsOf(address: Address, account: Account | undefined): Readings {
  if (address.store === 'sealed') return sealedReadings(address.name);
  const arn = splitArn(address.name);
  const listing = address.below !== undefined || address.find !== undefined;
  if (arn !== undefined) return arnReadings(arn, account, listing);
  const where = account === undefined ? undefined : { ...account, region: address.region, own: true };
  if (address.store === 'secretsmanager') return [subjects('secretsmanager', address.name, where)];
  return parameterReadings(parameterPath(address.name), listing, where);
}

/**
 * The same for what came back, from the ARN and the name that the store returned.
 *
 * @param returned `arn` may be '' where a store has none
 */
export function returnedReadings(
  address: Address,
  returned: { readonly arn: string; readonly name: string },
  account: Account | undefined,
): Readings {
  const arn = splitArn(returned.arn);
  if (arn === undefined) {
    // A store without ARNs and without a name of its own answers by the name that it was asked for.
    const name = returned.name === '' ? address.name : returned.name;
    return readingsOf({ store: address.store, region: address.region, name }, account);
  }
  // Where the account of who reads is not known: a plain name is always one of its own.
  const own =
    splitArn(address.name) === undefined ? { partition: arn.partition, id: arn.account } : undefined;
  const readings = arnReadings(arn, account ?? own, false);
  // A returned ARN is complete, and the returned name says where its random suffix begins.
  const meant = joinArn({ ...arn, resource: `secret:${returned.name}` });
  const whole = readings.find(([first]) => first === meant);
  return whole === undefined ? readings : [whole];
}

function sealedReadings(name: string): Readings {
  const scope = SCOPES.find((known) => known === name);
  return scope === undefined ? [['sealed:namespace-wide'], ['sealed:cluster-wide']] : [[`sealed:${scope}`]];
}

/** Where a resource lives: subjects with an account also have an ARN, and only those of our own account have a name. */
interface Where extends Account {
  readonly region: string;
  readonly own: boolean;
}

function arnReadings(arn: Arn, account: Account | undefined, listing: boolean): Readings {
  const own = account !== undefined && account.id === arn.account && account.partition === arn.partition;
  const where = { partition: arn.partition, id: arn.account, region: arn.region, own };
  if (arn.service === 'ssm' && arn.resource.startsWith('parameter/')) {
    return parameterReadings(parameterPath(arn.resource.slice('parameter/'.length)), listing, where);
  }
  if (arn.service === 'secretsmanager' && arn.resource.startsWith('secret:')) {
    return secretReadings(beforeColon(arn.resource.slice('secret:'.length)), where);
  }
  return [[joinArn(arn)]];
}

// A secret's complete ARN ends in a hyphen and six random characters. `secret:shop-backup` may be the complete ARN of
// `shop` or, as Secrets Manager also takes ARNs without the suffix, a partial one of `shop-backup`.
const RANDOM_SUFFIX = /-[A-Za-z0-9]{6}$/;

function secretReadings(written: string, where: Where): Readings {
  const partial = subjects('secretsmanager', written, where);
  const stem = written.replace(RANDOM_SUFFIX, '');
  if (stem === written || stem === '') return [partial];
  return [[...subjects('secretsmanager', stem, where), partial[0]], partial];
}

function parameterReadings(path: string, listing: boolean, where: Where | undefined): Readings {
  const secret = secretBehind(path);
  if (secret === undefined) return [subjects('ssm', listing && path !== '/' ? `${path}/` : path, where)];
  const arn = splitArn(secret);
  if (arn !== undefined) return arnReadings(arn, where?.own === true ? where : undefined, false);
  return [subjects('secretsmanager', beforeColon(secret), where)];
}

function subjects(store: AwsStoreName, name: string, where: Where | undefined): Subjects {
  if (where === undefined) return [`${store}:${name}`];
  const resource = store === 'ssm' ? `parameter${name}` : `secret:${name}`;
  const arn = joinArn({
    partition: where.partition,
    service: store,
    region: where.region,
    account: where.id,
    resource,
  });
  return where.own ? [arn, `${store}:${name}`] : [arn];
}

// Parameter Store answers for secrets below this path. It reserves `aws` in any case of letters.
const SECRET_PATH = /^\/aws\/reference\/secretsmanager\//i;

function secretBehind(path: string): string | undefined {
  const prefix = SECRET_PATH.exec(path)?.[0];
  return prefix === undefined ? undefined : path.slice(prefix.length);
}

/** One leading slash, none doubled, none at the end; a selector is cut, but not out of a secret's ARN. */
function parameterPath(name: string): string {
  const path = `/${name}`.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  return SECRET_PATH.test(path) ? path : beforeColon(path);
}

function beforeColon(text: string): string {
  const colon = text.indexOf(':');
  return colon === -1 ? text : text.slice(0, colon);
}
