// Latchkey in a cluster, as docs/getting-started.md describes it: rights, and the registration of the webhook.

import { render } from '../../chart/render.ts';
import type { Json } from './api.ts';

/** Exactly what `serve` asks of the API server. */
export function serveRules(): readonly Json[] {
  return [
    rule([''], ['serviceaccounts', 'namespaces'], ['get']),
    rule([''], ['serviceaccounts/token', 'secrets', 'events'], ['create']),
    rule([''], ['replicationcontrollers'], ['get']),
    rule(['apps'], ['replicasets', 'statefulsets', 'daemonsets'], ['get']),
    rule(['batch'], ['jobs'], ['get']),
    rule([''], ['pods', 'nodes'], ['list']),
  ];
}

/** What it asks besides with --adoption. */
export function adoptionRules(): readonly Json[] {
  return [
    rule(['kubernetes-client.io'], ['externalsecrets'], ['get', 'list', 'watch']),
    rule(['external-secrets.io'], ['externalsecrets'], ['get', 'list', 'watch']),
    rule(['external-secrets.io'], ['secretstores', 'clustersecretstores'], ['get']),
    rule([''], ['secrets'], ['get', 'update']),
    rule([''], ['configmaps'], ['get']),
  ];
}

function rule(apiGroups: readonly string[], resources: readonly string[], verbs: readonly string[]): Json {
  return { apiGroups, resources, verbs };
}

/** Both webhooks as the chart registers them with adoption switched on, but for where they are and which namespaces are meant. */
export function chartConfiguration({ name, clientConfig, namespaceLabels }: Registration): Json {
  const rendered = render({ adoption: { enabled: true } }).get('MutatingWebhookConfiguration/latchkey');
  const webhooks = rendered.webhooks.map((webhook: Json) => ({
    ...webhook,
    clientConfig,
    namespaceSelector: { ...webhook.namespaceSelector, matchLabels: namespaceLabels },
  }));
  return { ...rendered, metadata: { name }, webhooks };
}

export interface Registration {
  readonly name: string;
  readonly clientConfig: Json;
  /** Only namespaces with these labels, so that installations of other tests stay apart. */
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

const ANNOTATIONS = 'object.metadata.?annotations.orValue({})';
const CONTAINERS = '(object.spec.containers + object.spec.?initContainers.orValue([]))';

/** For pods that ask, and for no others: neither mirror pods nor what opted out. */
export function webhookConfiguration({ name, clientConfig, namespaceLabels }: Registration): Json {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'pods.latchkey.dev',
        clientConfig,
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        namespaceSelector: {
          matchLabels: namespaceLabels,
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: ['kube-system', 'kube-node-lease'],
            },
            { key: 'latchkey.dev/injection', operator: 'NotIn', values: ['disabled'] },
          ],
        },
        objectSelector: {
          matchExpressions: [{ key: 'latchkey.dev/injection', operator: 'NotIn', values: ['disabled'] }],
        },
        matchConditions: [
          {
            name: 'asks',
            expression:
              `${ANNOTATIONS}.exists(key, key.startsWith('latchkey.dev/')) || ` +
              `${CONTAINERS}.exists(container, container.?env.orValue([]).exists(entry, entry.?value.orValue('').contains('latchkey:')))`,
          },
          {
            name: 'not-opted-out',
            expression: `${ANNOTATIONS}[?'latchkey.dev/injection'].orValue('') != 'disabled'`,
          },
          // By who creates it: anybody may write the annotation of a mirror pod.
          { name: 'not-a-mirror-pod', expression: `!('system:nodes' in request.userInfo.groups)` },
        ],
        admissionReviewVersions: ['v1'],
        sideEffects: 'NoneOnDryRun',
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        matchPolicy: 'Equivalent',
        timeoutSeconds: 10,
      },
    ],
  };
}
