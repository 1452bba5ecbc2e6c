import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stopChild } from './child.ts';

export type Question =
  /** A service account with a role that trusts it. */
  | { readonly kind: 'account'; readonly namespace: string; readonly name: string }
  /** A ReplicaSet; answers with its uid. */
  | { readonly kind: 'owner'; readonly namespace: string; readonly name: string }
  /** A namespace with adoption, and in it an ExternalSecret of its kind with a key for each of the twelve names. */
  | {
      readonly kind: 'definition';
      readonly namespace: string;
      readonly name: string;
      readonly of: 'kes' | 'eso';
    }
  /** A projected token of a service account. */
  | { readonly kind: 'token'; readonly namespace: string; readonly name: string }
  /** AWS takes requests and never answers any more. */
  | { readonly kind: 'dead' }
  /** Counting starts anew. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'counts' };

export interface Counts {
  readonly assumeRole: number;
  readonly getParameters: number;
  readonly getSecretValue: number;
  /** All calls to AWS. */
  readonly awsCalls: number;
  readonly tokenRequests: number;
  /** Attempts to create a Secret, and how many there are. */
  readonly secretPosts: number;
  readonly secrets: number;
  readonly kubernetesCalls: number;
  /** Sum of the times that AWS took for its answers, in ms. */
  readonly awsServingMs: number;
}

export type Answer = string | Counts;

export interface Doubles {
  readonly kubeconfig: string;
  readonly awsUrl: string;
  ask(question: Exclude<Question, { kind: 'counts' }>): Promise<string>;
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

export async function startDoubles(): Promise<Doubles> {
  const child = fork(join(import.meta.dirname, 'doubles.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [started] = (await once(child, 'message')) as [Pick<Doubles, 'kubeconfig' | 'awsUrl'>];
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  child.on('message', ({ id, answer }: { id: number; answer: Answer }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ask = (question: Question): Promise<Answer> =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      child.send({ id: asked, question });
    });
  return {
    ...started,
    ask: (question) => ask(question) as Promise<string>,
    counts: () => ask({ kind: 'counts' }) as Promise<Counts>,
    stop: () => stopChild(child),
  };
}
