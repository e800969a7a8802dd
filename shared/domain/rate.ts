/** How many requests a tenant may send: a bucket that fills steadily up to its brim, and each request takes one token out. */

/**
 * Reading is what clients do while they wait, so it has a larger bucket of its own. Sessions that nobody needs a key for have
 * one too: a flood of them takes nothing from those who have a session.
 */
export type RateKind = 'requests' | 'polls' | 'anonymous';

export interface Rate {
  /** Tokens that come in; 0 means that nothing is counted. */
  readonly perSecond: number;
  /** What the bucket holds at most. */
  readonly burst: number;
}

/** What anonymous sessions may is what `requests` may. */
export type Rates = Readonly<Record<Exclude<RateKind, 'anonymous'>, Rate>>;

export const rateFor = (kind: RateKind, { requests, polls }: Rates): Rate =>
  kind === 'polls' ? polls : requests;

/** So many seconds of its rate may be used at once. */
const BURST_SECONDS = 5;

export const rateOf = (perSecond: number): Rate => ({
  perSecond,
  burst: Math.ceil(perSecond * BURST_SECONDS),
});

export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

export interface Taken {
  readonly isAllowed: boolean;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Until there is a token again; 0 while there is one. */
  readonly waitMs: number;
}

/** One token out of a bucket, which is full when there was none. Time that goes back fills nothing. */
export const takeToken = (
  bucket: Bucket | undefined,
  { perSecond, burst }: Rate,
  now: number,
): { readonly bucket: Bucket; readonly taken: Taken } => {
  if (perSecond === 0) {
    return { bucket: { tokens: 0, at: now }, taken: { isAllowed: true, remaining: 0, waitMs: 0 } };
  }
  const { tokens, at } = bucket ?? { tokens: burst, at: now };
  const filled = Math.min(burst, tokens + (Math.max(0, now - at) / 1000) * perSecond);
  const isAllowed = filled >= 1;
  const left = isAllowed ? filled - 1 : filled;
  const waitMs = left >= 1 ? 0 : Math.ceil(((1 - left) / perSecond) * 1000);
  return {
    bucket: { tokens: left, at: Math.max(now, at) },
    taken: { isAllowed, remaining: Math.floor(left), waitMs },
  };
};
