import { commandOf, type Log } from '@telestack/launch';

export interface StopSignals {
  /** The first signal that asks this process to stop. */
  received: Promise<string>;
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const PARENT_CHECK_MS = 1_000;
/** Exit code of a process that an interrupt has ended. */
const FORCED = 130;

/**
 * Listens for the signals that mean "stop". The second one ends the process at once; child processes are told by the `exit` handlers
 * of their supervisors. When the wrapper script that started this process is killed, that counts as a signal too: it cannot pass one on.
 */
export function onStopSignal(log: Log): StopSignals {
  const first = Promise.withResolvers<string>();
  let count = 0;
  const handle = (signal: string) => {
    count++;
    first.resolve(signal);
    if (count === 1) return;
    log(`${signal} again: stopping at once`);
    process.exit(FORCED);
  };
  for (const signal of SIGNALS) process.on(signal, handle);

  const parent = process.ppid;
  const isWrapped = commandOf(parent).includes('run.mjs');
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    first.resolve('The starting script has ended');
  }, PARENT_CHECK_MS);
  timer.unref();
  if (!isWrapped) clearInterval(timer);

  return {
    received: first.promise,
    dispose: () => {
      clearInterval(timer);
      for (const signal of SIGNALS) process.removeListener(signal, handle);
    },
  };
}
