// A replica of `serve`: a process that can be ended and started again, as a Deployment replaces a pod, with a count of what
// it asks AWS.

import { builtProgram } from '../../support/built-program.ts';
import type { AwsCall } from '../../support/aws-request.ts';
import {
  startWebhook,
  type WebhookProcess,
  type WebhookProcessOptions,
} from '../../support/webhook-process.ts';
import { startCountingProxy } from './counting-proxy.ts';

export interface Replica {
  /** The process that runs, or ran last. */
  readonly webhook: WebhookProcess;
  /** What it asked AWS, over all its processes. */
  readonly calls: readonly AwsCall[];
  start(): Promise<void>;
  /** As a kubelet ends a pod. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one. `awsUrl`: of the AWS that it asks. */
export async function startReplica(options: WebhookProcessOptions, awsUrl: string): Promise<Replica> {
  const proxy = await startCountingProxy(awsUrl);
  const flags = ['--aws-endpoint-url', proxy.url, ...(options.flags ?? [])];
  const start = (): Promise<WebhookProcess> => startWebhook({ program: builtProgram(), ...options, flags });
  let webhook = await start();
  return {
    get webhook() {
      return webhook;
    },
    calls: proxy.calls,
    async start() {
      webhook = await start();
    },
    async stop() {
      await webhook.stop();
    },
    async close() {
      await webhook.stop('SIGKILL');
      await proxy.close();
    },
  };
}
