// What stands in the cluster after a review.

import type { StoredObject } from './kubernetes-double.ts';

interface PodShape {
  readonly spec: {
    readonly containers: readonly {
      readonly env?: readonly {
        readonly name: string;
        readonly value?: string;
        readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string } };
      }[];
    }[];
    readonly volumes?: readonly { readonly secret?: { readonly secretName: string } }[];
  };
}

/** Every Secret that a pod refers to, once. */
export function secretNames(pod: unknown): readonly string[] {
  const { containers, volumes } = (pod as PodShape).spec;
  const names = [
    ...containers.flatMap(({ env }) => (env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)),
    ...(volumes ?? []).map(({ secret }) => secret?.secretName),
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** A Secret's data as text. */
export function secretValues(secret: StoredObject | undefined): Record<string, string> {
  const data = Object.entries((secret?.['data'] ?? {}) as Record<string, string>);
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** The literal value of a container's variable. */
export function variable(pod: unknown, name: string): string | undefined {
  const [container] = (pod as PodShape).spec.containers;
  return container?.env?.find((entry) => entry.name === name)?.value;
}
