import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import { trackObjects } from '../../src/materialize/track-objects.ts';
import { createFollowed } from '../support/followed.ts';

const DENIED = new LatchkeyError('LK-KUBERNETES', 'denied');

function start() {
  const followed = createFollowed();
  const changes: string[] = [];
  const failures: LatchkeyError[] = [];
  const tracked = trackObjects(
    {
      api: followed.api,
      kind: { group: '', versions: ['v1'], plural: 'things' },
      digest: (object) => String((object as { spec?: unknown }).spec),
      onChange: ({ namespace = '', name }, what) => changes.push(`${namespace}/${name} ${what}`),
      onFailure: (error) => failures.push(error),
    },
    new AbortController().signal,
  );
  return { ...followed.of('things'), tracked, changes, failures };
}

function thing(name: string, spec = 'a', namespace = 'shop'): object {
  return { metadata: { name, namespace }, spec };
}

t.test('the first list is no news, what comes, changes and goes is', async (t) => {
  const { list, set, removed, tracked, changes } = start();

  list(thing('one'), thing('two'));
  t.strictSame(changes, []);
  set(thing('one'));
  set(thing('two', 'b'));
  set(thing('three'));
  removed(thing('one'));
  removed(thing('nobody'));

  t.strictSame(changes, ['shop/two there', 'shop/three there', 'shop/one gone']);
  t.equal(tracked.has({ namespace: 'shop', name: 'two' }), true);
  t.equal(tracked.has({ namespace: 'shop', name: 'one' }), false);
});

t.test('a list that begins anew tells what was missed, and nothing else', async (t) => {
  const { list, changes } = start();
  list(thing('stays'), thing('changes'), thing('goes'));

  list(thing('stays'), thing('changes', 'b'), thing('comes'));

  t.strictSame(changes, ['shop/changes there', 'shop/comes there', 'shop/goes gone']);
});

t.test('a kind that is taken away takes its objects along; one that comes later is news', async (t) => {
  const { list, absent, tracked, changes } = start();
  absent();
  await tracked.ready();

  list(thing('one'));
  absent();

  t.strictSame(changes, ['shop/one there', 'shop/one gone']);
});

t.test('who could not read at first goes on, and is told when it can', async (t) => {
  const { list, failed, tracked, changes, failures } = start();

  failed(DENIED);
  await tracked.ready();
  list(thing('one'));

  t.strictSame(failures, [DENIED]);
  t.strictSame(changes, ['shop/one there']);
});
