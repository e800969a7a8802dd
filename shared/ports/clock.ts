/** Time, so that tests and the simulator can own it. */
export interface Clock {
  /** Milliseconds since the epoch. May be wrong by minutes against other machines; never decides order. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
