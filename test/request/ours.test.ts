import t from 'tap';
import { carriesDelivery, isOurVariable } from '../../src/request/ours.ts';

const slot = { kind: 'env', name: 'A' } as const;
const ours = { name: 'A', valueFrom: { secretKeyRef: { name: 'latchkey-app-x', key: 'env.A' } } };
const fromFile = {
  name: 'A',
  valueFrom: { fileKeyRef: { volumeName: 'latchkey-env', path: 'env', key: 'env.A' } },
};

t.test('a variable is ours by its shape alone', async (t) => {
  t.ok(isOurVariable(ours, slot));
  t.ok(isOurVariable(fromFile, slot));
  t.notOk(isOurVariable({ name: 'A', value: 'x' }, slot));
  t.notOk(isOurVariable({ name: 'A', valueFrom: {} }, slot));
  t.notOk(isOurVariable({ name: 'A', valueFrom: { secretKeyRef: { name: 'mine', key: 'env.A' } } }, slot));
  t.notOk(isOurVariable({ name: 'A', valueFrom: { secretKeyRef: { key: 'env.A' } } }, slot));
  t.notOk(isOurVariable(ours, { kind: 'env', name: 'B' }));
  t.notOk(
    isOurVariable(
      { ...fromFile, valueFrom: { fileKeyRef: { volumeName: 'x', path: 'env', key: 'env.A' } } },
      slot,
    ),
  );
});

t.test(
  'a container carries our delivery by a variable or a mount, but not by a value in place',
  async (t) => {
    const inPlace = {
      name: 'A',
      valueFrom: { secretKeyRef: { name: 'latchkey-x', key: 'in-place.app.A.0' } },
    };

    t.ok(carriesDelivery({ name: 'app', env: [ours] }));
    t.ok(carriesDelivery({ name: 'app', volumeMounts: [{ name: 'latchkey-files', mountPath: '/x' }] }));
    t.ok(carriesDelivery({ name: 'app', volumeMounts: [{ name: 'latchkey-paths', mountPath: '/x' }] }));
    t.notOk(carriesDelivery({ name: 'app', env: [inPlace] }));
    t.notOk(carriesDelivery({ name: 'app' }));
    t.notOk(
      carriesDelivery({
        name: 'latchkey-fetch',
        volumeMounts: [{ name: 'latchkey-files', mountPath: '/x' }],
      }),
    );
  },
);
