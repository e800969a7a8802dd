/**
 * Notices when this machine stands still. The harness is also S3, SQS and DynamoDB: while it does not run, nobody can be
 * answered, and what a poll takes then says nothing about the product.
 */
export interface StallWatch {
  /** Did the machine stand still in this time, or shortly before? Milliseconds since the epoch. */
  during(from: number, to: number): boolean;
  /** The longest stand-still, milliseconds. */
  longest(): number;
  stop(): void;
}

const TICK_MS = 50;
/** A process that gets its share of two cores is never so late. */
const STALL_MS = 400;
/** Requests that piled up are worked off within this. */
const AFTERMATH_MS = 2_000;

export const startStallWatch = (): StallWatch => {
  const stalls: { readonly from: number; readonly to: number }[] = [];
  let last = Date.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = Date.now();
    const late = now - last - TICK_MS;
    longest = Math.max(longest, late);
    if (late > STALL_MS) stalls.push({ from: last, to: now + AFTERMATH_MS });
    last = now;
  }, TICK_MS);
  return {
    during: (from, to) => stalls.some((stall) => stall.from < to && from < stall.to),
    longest: () => longest,
    stop: () => clearInterval(timer),
  };
};
