// The least that a webhook in Node can be: a bare Fastify handler over TLS, a process of its own. It parses the review and
// returns one fixed patch, with the TLS settings of the real server.

import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { secureContext } from '../src/tls/material.ts';
import type { FloorSettings } from './floor-process.ts';

process.once('message', ({ cert, key, patch }: FloorSettings) => {
  const app = fastify({ logger: false, https: secureContext({ cert, key, notAfterMs: 0 }) });
  app.post<{ Body: { request: { uid: string } } }>('/mutate/pods', async ({ body }) => ({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: body.request.uid, allowed: true, patchType: 'JSONPatch', patch },
  }));
  app.listen({ host: '127.0.0.1', port: 0 }, () => {
    process.send?.((app.server.address() as AddressInfo).port);
  });
});
process.once('disconnect', () => process.exit());
