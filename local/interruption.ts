/** Ctrl-C, and what else asks a program to end, as a signal: whoever waits on it can put away what is its own. */
import { once } from 'node:events';

const asked = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Call before anything is started. From then on the process ends when it has nothing left to do, and not by itself. */
export const interruption = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of asked) {
    process.on(name, () => controller.abort(new Error('Interrupted.')));
  }
  return controller.signal;
};

export const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};
