// The server under test, over real TLS, with a reviewer of the test's own.

import { systemClock } from '../../src/clock.ts';
import type { PodReviewer, Reviewer } from '../../src/admission/reviewer.ts';
import { createServer, type AdmissionServer, type ServerOptions } from '../../src/admission/server.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { createAdmissionClient, type AdmissionClient } from './admission-client.ts';
import { testCertificates, tlsMaterial, type TestCertificates } from './certificates.ts';

export interface Webhook {
  readonly server: AdmissionServer;
  readonly client: AdmissionClient;
  readonly url: string;
  readonly certificates: TestCertificates;
  readonly metrics: Metrics;
  /** Everything that was logged, one JSON text a line. */
  readonly lines: readonly string[];
  readonly stop: () => Promise<void>;
}

export interface WebhookOptions {
  readonly reviewPod: PodReviewer;
  /** Default: the same as pods. */
  readonly reviewWorkload?: Reviewer;
  readonly config?: Partial<ServerOptions['config']>;
  readonly clientCa?: string;
  readonly certificates?: TestCertificates;
  readonly timeout?: string;
}

export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const certificates = options.certificates ?? (await testCertificates());
  const lines: string[] = [];
  const metrics = createMetrics({ processMetrics: false });
  const server = createServer({
    config: {
      listen: { host: '127.0.0.1', port: 0 },
      maxBodyBytes: 8_388_608,
      concurrency: 16,
      namespaceConcurrency: 8,
      ...options.config,
    },
    reviewPod: options.reviewPod,
    reviewWorkload: options.reviewWorkload ?? options.reviewPod,
    tls: tlsMaterial(certificates.serving, options.clientCa),
    metrics,
    log: createLog('debug', { write: (line) => lines.push(line) }),
    clock: systemClock,
  });
  const { port } = await server.listen();
  const url = `https://127.0.0.1:${String(port)}`;
  const { timeout } = options;
  const ca = certificates.authority.cert;
  const client = createAdmissionClient({ url, ca, ...(timeout === undefined ? {} : { timeout }) });
  return {
    server,
    client,
    url,
    certificates,
    metrics,
    lines,
    async stop() {
      client.close();
      await server.close(0);
    },
  };
}
