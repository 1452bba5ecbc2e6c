import type { Session } from '../identity/identity.ts';
import type { Connect } from './aws-clients.ts';
import { hasStaleCredentials } from './aws-errors.ts';

/** Makes one call with the session's client. Rejects with what the session or the client threw. */
export type Caller<Client> = <T>(ask: (client: Client) => Promise<T>) => Promise<T>;

/** How to reach one service as one session, for one read. */
export interface CallerOptions<Client> {
  readonly connect: Connect<Client>;
  readonly session: Session;
  readonly region: string;
  readonly signal: AbortSignal;
}

/**
 * One client for the calls of one read. When AWS calls its credentials expired or invalid, the session drops them and
 * each call is made once more with new ones; calls that run side by side renew them together, once.
 */
export function createCaller<Client>({
  connect,
  session,
  region,
  signal,
}: CallerOptions<Client>): Caller<Client> {
  let current: Promise<Client> | undefined;
  let renewed = false;

  async function open(): Promise<Client> {
    return connect(region, await session.credentials(region, signal));
  }

  return async (ask) => {
    current ??= open();
    const used = current;
    try {
      return await ask(await used);
    } catch (error) {
      if (!hasStaleCredentials(error)) throw error;
      if (used === current) {
        if (renewed) throw error;
        renewed = true;
        session.forget(region);
        current = open();
      }
      return ask(await current);
    }
  };
}
