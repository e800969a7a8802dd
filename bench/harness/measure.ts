/** Small arithmetic that the benches share. */

/** Nearest rank; `share` from 0 to 1. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Seconds that `work` took. */
export const secondsOf = async (work: () => Promise<unknown> | unknown): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
};

/**
 * The median of `rounds` alternating runs of ours and the peer's: whatever else the machine does meets both. Each answers
 * its own figure; the first round of each warms up and does not count.
 */
export const alternating = async (
  rounds: number,
  ours: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<{ readonly ours: number; readonly peer: number }> => {
  await ours();
  await peer();
  const figures = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    figures.ours.push(await ours());
    figures.peer.push(await peer());
  }
  return { ours: median(figures.ours), peer: median(figures.peer) };
};

/** Runs `total` pieces of work, `width` at a time. */
export const pooled = async (
  total: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < total) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, total) }, lane));
};
