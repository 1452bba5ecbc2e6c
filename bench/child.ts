import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends a child process and waits for it; does nothing if it has ended. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  // Those that have a channel end when it closes, and then also when this process is killed.
  if (child.connected) child.disconnect();
  else child.kill('SIGINT');
  await exited;
}
