/** What work is told to stop by, where several may tell it. */
import { setMaxListeners } from 'node:events';

/**
 * One signal for several, in place of `AbortSignal.any`: Node keeps one of those that is listened to until it aborts, and all
 * that its listeners see with it.
 */
export interface JoinedSignal {
  /** Aborts with the first of its causes, and with that one's reason. */
  readonly signal: AbortSignal;
  /** From now on no cause aborts it, and none keeps it; call it when the work is over. */
  release(): void;
}

export const joinSignals = (...causes: readonly AbortSignal[]): JoinedSignal => {
  const joined = new AbortController();
  // Each request that the work makes at one time listens to it; Node takes more than ten for a leak.
  setMaxListeners(0, joined.signal);
  const released = new AbortController();
  for (const cause of causes) {
    const follow = (): void => joined.abort(cause.reason);
    if (cause.aborted) follow();
    else cause.addEventListener('abort', follow, { once: true, signal: released.signal });
  }
  return { signal: joined.signal, release: () => released.abort('done') };
};
