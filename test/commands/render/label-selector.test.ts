import t from 'tap';

import { labelSelectorOf } from '../../../src/commands/render/label-selector.ts';

t.test('labels and expressions are joined as a query writes them', async (t) => {
  const selector = {
    matchLabels: { app: 'shop', tier: 'web' },
    matchExpressions: [
      { key: 'track', operator: 'In', values: ['stable', 'canary'] },
      { key: 'zone', operator: 'NotIn', values: ['a'] },
      { key: 'live', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist' },
    ],
  };

  const text = labelSelectorOf({ kind: 'Deployment', spec: { selector } });

  t.equal(text, 'app=shop,tier=web,track in (stable,canary),zone notin (a),live,!old');
});

t.test('a ReplicationController has plain labels', async (t) => {
  t.equal(labelSelectorOf({ kind: 'ReplicationController', spec: { selector: { app: 'old' } } }), 'app=old');
});

t.test('a workload without a selector has none, so that no other pods are taken for its own', async (t) => {
  for (const spec of [undefined, {}, { selector: {} }, { selector: 'app=shop' }]) {
    t.equal(labelSelectorOf({ kind: 'CronJob', spec }), undefined);
  }
});
