// Every kind of workload that the webhook reads, around one pod template.

import type { Raw } from './admission-client.ts';

export interface TemplateOptions {
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  readonly spec?: Raw;
}

export function templateOf(options: TemplateOptions = {}): Raw {
  const { annotations, labels = { app: 'app' }, serviceAccount = 'app', spec } = options;
  return {
    metadata: { creationTimestamp: null, labels, ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      serviceAccountName: serviceAccount,
      containers: [{ name: 'app', image: 'registry.example.com/app:1' }],
      ...spec,
    },
  };
}

const GROUPS = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Rollout: 'argoproj.io/v1alpha1',
} as const;

export type WorkloadKind = keyof typeof GROUPS;

export const WORKLOAD_KINDS = Object.keys(GROUPS) as readonly WorkloadKind[];

/** Where the pod template stands. */
export function templatePath(kind: WorkloadKind): string {
  return kind === 'CronJob' ? 'spec.jobTemplate.spec.template' : 'spec.template';
}

/** @param metadata beside name and namespace */
export function workloadOf(kind: WorkloadKind, template: unknown, metadata: Raw = {}): Raw {
  const spec = { template };
  return {
    apiVersion: GROUPS[kind],
    kind,
    metadata: { name: 'app', namespace: 'shop', ...metadata },
    spec: kind === 'CronJob' ? { schedule: '@daily', jobTemplate: { spec } } : spec,
  };
}

export function deploymentOf(annotations: Readonly<Record<string, unknown>>, metadata: Raw = {}): Raw {
  return workloadOf('Deployment', templateOf({ annotations }), metadata);
}
