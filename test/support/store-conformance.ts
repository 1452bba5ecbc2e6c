// What every store must answer, whoever plays AWS: the double, moto, or the store file. Where AWS's documentation says how
// it behaves and one of them differs, the world says so in a flag and the reason stands beside the flag.

import { LatchkeyError } from '../../src/errors.ts';
import type { Session } from '../../src/identity/identity.ts';
import type { Fetched } from '../../src/request/evaluate.ts';
import type { Address, Find } from '../../src/request/plan.ts';
import type { Store } from '../../src/stores/store.ts';

/** The data that each world holds before the suite runs. Later versions come last. */
export const CONFORMANCE_DATA = {
  parameters: new Map<string, readonly { readonly value: string; readonly labels?: readonly string[] }[]>([
    ['/conf/plain', [{ value: 'first', labels: ['stable'] }, { value: 'second' }]],
    ['/conf/json', [{ value: '{"id":12345678901234567890,"rate":1.0}' }]],
    ['/conf/unicode', [{ value: 'žluťoučký 🐈\nsecond line' }]],
    ['relative-root', [{ value: 'no slash' }]],
    ['/conf/tree/leaf', [{ value: 'leaf' }]],
    ['/conf/tree/branch/leaf', [{ value: 'branch leaf' }]],
    ...numbers().map((n) => [`/conf/many/${n}`, [{ value: `value ${n}` }]] as const),
  ]),
  secrets: new Map<string, readonly (string | Uint8Array)[]>([
    ['conf/db', ['old password', 'new password']],
    ['conf/binary', [Uint8Array.from({ length: 256 }, (_, i) => i)]],
    ...numbers().map((n) => [`conf/many/${n}`, [`secret ${n}`]] as const),
  ]),
  /** By store and name. */
  tags: {
    ssm: new Map<string, Readonly<Record<string, string>>>([
      ['/conf/plain', { team: 'shop', stage: 'a b<c>' }],
      ['/conf/tree/leaf', { team: 'shop', stage: 'live' }],
      ['/conf/json', { team: 'other', shop: 'live' }],
    ]),
    secretsmanager: new Map<string, Readonly<Record<string, string>>>([
      ['conf/db', { team: 'shop', stage: 'live' }],
      ['conf/many/03', { team: 'shopping', stage: 'shop' }],
      ['conf/many/04', { shop: 'team', stage: 'live' }],
    ]),
  },
};

export interface StoreWorld {
  readonly ssm: Store;
  readonly secretsManager: Store;
  readonly session: Session;
  readonly region: string;
  readonly parameterArn: (name: string) => string;
  readonly secretArn: (name: string) => string;
  /** The version id of the n-th value of `conf/db`. */
  readonly versionId: (index: number) => string;
  /**
   * GetParameters takes ARNs (API reference, Names). moto 5.2 understands them in GetParameter only and calls them
   * invalid here.
   */
  readonly takesParameterArns: boolean;
  /** A store that is asked by ARN tells the ARN back. The store file knows none. */
  readonly returnsArns: boolean;
  /** The store file holds no tags. */
  readonly hasTags: boolean;
}

/** The narrow part of a tap test that the suite uses. */
export interface ConformanceTest {
  test(name: string, run: (t: ConformanceTest) => Promise<void>): unknown;
  same(found: unknown, wanted: unknown): unknown;
  equal(found: unknown, wanted: unknown): unknown;
  ok(value: unknown): unknown;
}

/** Declares the suite's tests below `t`. */
export function storeConformance(t: ConformanceTest, world: StoreWorld): void {
  const { region, session } = world;
  const parameter = (name: string, selector?: string): Address => ({
    store: 'ssm',
    region,
    name,
    ...(selector === undefined ? {} : { selector }),
  });
  const secret = (name: string, rest: Partial<Address> = {}): Address => ({
    store: 'secretsmanager',
    region,
    name,
    ...rest,
  });
  const signal = AbortSignal.timeout(30_000);
  const read = async (addresses: readonly Address[]): Promise<readonly string[]> => {
    const store = addresses[0]?.store === 'ssm' ? world.ssm : world.secretsManager;
    return (await store.read(addresses, session, signal)).map(text);
  };

  t.test('parameters come in the order asked, byte for byte', async (t) => {
    const texts = await read(
      ['/conf/unicode', '/conf/json', 'relative-root', '/conf/plain'].map((name) => parameter(name)),
    );

    t.same(texts, [
      'žluťoučký 🐈\nsecond line',
      '{"id":12345678901234567890,"rate":1.0}',
      'no slash',
      'second',
    ]);
  });

  t.test('several versions and labels of one parameter do not collide in one read', async (t) => {
    const texts = await read([
      parameter('/conf/plain', '2'),
      parameter('/conf/plain', 'stable'),
      parameter('/conf/plain'),
      parameter('/conf/plain', '1'),
    ]);

    t.same(texts, ['second', 'first', 'second', 'first']);
  });

  t.test('a missing parameter, version or label takes no neighbour with it', async (t) => {
    const texts = await read([
      parameter('/conf/absent'),
      parameter('/conf/json', '77'),
      parameter('/conf/tree/leaf', 'nolabel'),
      parameter('/conf/plain'),
    ]);

    t.same(texts, ['LK-NOT-FOUND', 'LK-NOT-FOUND', 'LK-NOT-FOUND', 'second']);
  });

  t.test('more parameters than one request takes are all read', async (t) => {
    const texts = await read(
      numbers()
        .toReversed()
        .map((n) => parameter(`/conf/many/${n}`)),
    );

    t.same(
      texts,
      numbers()
        .toReversed()
        .map((n) => `value ${n}`),
    );
  });

  t.test('a parameter says its name and version', async (t) => {
    const [outcome] = await world.ssm.read([parameter('/conf/plain', '1')], session, signal);

    t.ok(isFetched(outcome) && outcome.name === '/conf/plain' && outcome.version === '1');
    t.equal(isFetched(outcome) && outcome.arn === world.parameterArn('/conf/plain'), world.returnsArns);
  });

  if (world.takesParameterArns) {
    t.test('a parameter is found by its ARN, with and without a version', async (t) => {
      const arn = world.parameterArn('/conf/plain');

      t.same(await read([parameter(arn), parameter(arn, '1'), parameter('/conf/plain')]), [
        'second',
        'first',
        'second',
      ]);
    });
  }

  t.test('below a path, one level and all levels, over several pages', async (t) => {
    t.same(await list(world, '/conf/tree', 'one-level'), ['/conf/tree/leaf=leaf']);
    t.same(await list(world, '/conf/tree', 'all-levels'), [
      '/conf/tree/branch/leaf=branch leaf',
      '/conf/tree/leaf=leaf',
    ]);
    t.same(
      await list(world, '/conf/many', 'one-level'),
      numbers().map((n) => `/conf/many/${n}=value ${n}`),
    );
    t.same(await list(world, '/conf/nothing', 'all-levels'), []);
  });

  t.test('parameters whose full name matches an expression, below a path or everywhere', async (t) => {
    const find = (name: string, expression: string) =>
      search(world, { store: 'ssm', region, name, find: { name: expression } });

    t.same(await find('/conf/tree', 'leaf$'), ['/conf/tree/branch/leaf=branch leaf', '/conf/tree/leaf=leaf']);
    t.same(await find('', '^/conf/(plain|tree/leaf)$'), ['/conf/plain=second', '/conf/tree/leaf=leaf']);
    t.same(
      await find('/conf/many', '/many/1'),
      ['10', '11', '12', '13'].map((n) => `/conf/many/${n}=value ${n}`),
    );
    t.same(await find('/conf', 'nothing'), []);
  });

  t.test('secrets whose name matches an expression or begins with a prefix', async (t) => {
    const find = (rest: Find) => search(world, { store: 'secretsmanager', region, name: '', find: rest });

    t.same(await find({ name: 'many/1[23]$' }), ['conf/many/12=secret 12', 'conf/many/13=secret 13']);
    t.same(await find({ prefix: 'conf/d' }), ['conf/db=new password']);
    t.same(await find({ prefix: 'conf/many', name: '3$' }), [
      'conf/many/03=secret 03',
      'conf/many/13=secret 13',
    ]);
  });

  if (world.hasTags) {
    t.test('a search by tags wants each key with its whole value', async (t) => {
      const tags = { team: 'shop' };

      t.same(await search(world, { store: 'ssm', region, name: '', find: { tags } }), [
        '/conf/plain=second',
        '/conf/tree/leaf=leaf',
      ]);
      t.same(await search(world, { store: 'ssm', region, name: '/conf/tree', find: { tags } }), [
        '/conf/tree/leaf=leaf',
      ]);
      const both = { ...tags, stage: 'live' };
      t.same(await search(world, { store: 'ssm', region, name: '', find: { tags: both } }), [
        '/conf/tree/leaf=leaf',
      ]);
      t.same(await search(world, { store: 'secretsmanager', region, name: '', find: { tags } }), [
        'conf/db=new password',
      ]);
    });

    t.test('the tags stand in the place of the value', async (t) => {
      t.same(await read([parameter('/conf/json'), { ...parameter('/conf/plain'), payload: 'tags' }]), [
        '{"id":12345678901234567890,"rate":1.0}',
        '{"stage":"a b<c>","team":"shop"}',
      ]);
      t.same(await read([secret('conf/db', { payload: 'tags' }), secret('conf/many/01')]), [
        '{"stage":"live","team":"shop"}',
        'secret 01',
      ]);
      t.same(await read([{ ...parameter('/conf/absent'), payload: 'tags' }]), ['LK-NOT-FOUND']);
      t.same(await read([secret('conf/absent', { payload: 'tags' })]), ['LK-NOT-FOUND']);
    });
  }

  t.test('a secret is read as it is current, by stage and by version', async (t) => {
    const texts = await read([
      secret('conf/db'),
      secret('conf/db', { stage: 'AWSPREVIOUS' }),
      secret('conf/db', { stage: 'AWSCURRENT' }),
      secret('conf/db', { version: world.versionId(0) }),
      secret('conf/db', { version: world.versionId(1) }),
    ]);

    t.same(texts, ['new password', 'old password', 'new password', 'old password', 'new password']);
  });

  t.test('a binary secret keeps its bytes', async (t) => {
    const [outcome] = await world.secretsManager.read([secret('conf/binary')], session, signal);

    t.ok(isFetched(outcome) && Buffer.from(outcome.value.reveal()).equals(Buffer.from(numbersTo256())));
  });

  t.test('what was stored as text can be told from what was stored as bytes', async (t) => {
    const outcomes = await world.secretsManager.read(
      [secret('conf/binary'), secret('conf/db')],
      session,
      signal,
    );

    t.same(
      outcomes.map((outcome) => isFetched(outcome) && outcome.value.isText),
      [false, true],
    );
  });

  t.test('a secret is found by its ARN', async (t) => {
    t.same(await read([secret(world.secretArn('conf/db'))]), ['new password']);
  });

  t.test('a missing secret, stage or version takes no neighbour with it', async (t) => {
    const texts = await read([
      secret('conf/absent'),
      secret('conf/db', { stage: 'nostage' }),
      secret('conf/db', { version: '00000000-0000-4000-8000-00000000dead' }),
      secret('conf/db'),
    ]);

    t.same(texts, ['LK-NOT-FOUND', 'LK-NOT-FOUND', 'LK-NOT-FOUND', 'new password']);
  });

  t.test('more secrets than are asked at once are all read', async (t) => {
    const texts = await read(numbers().map((n) => secret(`conf/many/${n}`)));

    t.same(
      texts,
      numbers().map((n) => `secret ${n}`),
    );
  });
}

async function list(
  world: StoreWorld,
  name: string,
  below: 'one-level' | 'all-levels',
): Promise<readonly string[]> {
  return search(world, { store: 'ssm', region: world.region, name, below });
}

async function search(world: StoreWorld, address: Address): Promise<readonly string[]> {
  const store = address.store === 'ssm' ? world.ssm : world.secretsManager;
  const members = await store.list?.(address, world.session, AbortSignal.timeout(30_000));
  if (members === undefined || members instanceof LatchkeyError) return ['failed'];
  return members.map((member) => `${member.name}=${text(member)}`).toSorted();
}

function numbers(): readonly string[] {
  return Array.from({ length: 13 }, (_, i) => String(i + 1).padStart(2, '0'));
}

function numbersTo256(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, i) => i);
}

function isFetched(outcome: Fetched | LatchkeyError | undefined): outcome is Fetched {
  return outcome !== undefined && !(outcome instanceof LatchkeyError);
}

/** The value as text, or the failure's code. */
export function text(outcome: Fetched | LatchkeyError): string {
  return outcome instanceof LatchkeyError
    ? outcome.code
    : Buffer.from(outcome.value.reveal()).toString('utf8');
}
