// Somebody else's mutating webhook: answers each pod with the JSON patch that a test wants.

import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';

import { testCertificates } from '../../support/certificates.ts';
import { base64, type Api, type Json } from './api.ts';

export interface OtherWebhook {
  /** How often it was called. */
  readonly calls: () => number;
  close(): Promise<void>;
}

export interface OtherWebhookOptions {
  /** Configurations are called in the order of their names. */
  readonly name: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  patch(pod: Json): readonly Json[];
}

export async function startOtherWebhook(api: Api, options: OtherWebhookOptions): Promise<OtherWebhook> {
  const { authority, serving } = await testCertificates();
  let calls = 0;
  const server = createServer(serving, (incoming, response) => {
    json(incoming).then(
      (review) => {
        calls += 1;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer(review, options)));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  await api.create(path, {
    metadata: { name: options.name },
    webhooks: [
      {
        name: 'other.example.com',
        clientConfig: { url: `https://127.0.0.1:${String(port)}/`, caBundle: base64(authority.cert) },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: options.namespaceLabels },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
      },
    ],
  });
  return {
    calls: () => calls,
    async close() {
      await api.remove(`${path}/${options.name}`);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(review: Json, { patch }: OtherWebhookOptions): Json {
  const { uid, object } = review.request;
  const operations = patch(object);
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      ...(operations.length === 0
        ? {}
        : { patchType: 'JSONPatch', patch: base64(JSON.stringify(operations)) }),
    },
  };
}
