/** Virtual time: one queue of moments, taken one by one; what happens at the same moment is ordered by the seed. */
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';

export interface Scheduled {
  cancel(): void;
}

export interface Scheduler {
  now(): number;
  /** Runs `task` at `time`, or at once when that has passed. */
  at(time: number, task: () => void): Scheduled;
  after(ms: number, task: () => void): Scheduled;
  /**
   * Takes moment after moment until none is left, or until it shall stop.
   * @throws whatever a task throws; Error when it does not come to rest within the limits.
   */
  run(): Promise<void>;
  /** How many moments were taken. */
  picks(): number;
}

export interface SchedulerLimits {
  readonly picks: number;
  readonly until: number;
  /** Looked at after every moment. */
  readonly stopWhen: () => boolean;
}

interface Moment {
  readonly time: number;
  /** Drawn when it is scheduled: the order of equals is the seed's choice. */
  readonly draw: number;
  task: (() => void) | undefined;
}

const isBefore = (left: Moment, right: Moment): boolean =>
  left.time < right.time || (left.time === right.time && left.draw < right.draw);

/** A binary heap. */
const createHeap = () => {
  const heap: Moment[] = [];
  const at = (index: number): Moment => heap[index] as Moment;
  const swap = (left: number, right: number): void => {
    const kept = at(left);
    heap[left] = at(right);
    heap[right] = kept;
  };
  return {
    push(moment: Moment): void {
      let index = heap.push(moment) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (!isBefore(at(index), at(parent))) return;
        swap(index, parent);
        index = parent;
      }
    },
    pop(): Moment | undefined {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      heap[0] = last;
      let index = 0;
      for (;;) {
        let least = index;
        for (const child of [2 * index + 1, 2 * index + 2]) {
          if (child < heap.length && isBefore(at(child), at(least))) least = child;
        }
        if (least === index) return first;
        swap(index, least);
        index = least;
      }
    },
  };
};

/** One turn of the event loop: every promise and every stream has gone as far as it can without another effect. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const createScheduler = (
  start: number,
  random: SeededRandom,
  limits: SchedulerLimits,
): Scheduler => {
  const heap = createHeap();
  let now = start;
  let picks = 0;

  const at = (time: number, task: () => void): Scheduled => {
    const moment: Moment = { time: Math.max(now, Math.ceil(time)), draw: random.fraction(), task };
    heap.push(moment);
    return {
      cancel() {
        moment.task = undefined;
      },
    };
  };

  return {
    now: () => now,
    at,
    after: (ms, task) => at(now + ms, task),
    picks: () => picks,
    async run() {
      for (let moment = heap.pop(); moment !== undefined; moment = heap.pop()) {
        const { task, time } = moment;
        if (task === undefined) continue;
        now = time;
        picks += 1;
        if (picks > limits.picks || now > limits.until) throw new Error('It never comes to rest.');
        task();
        await settle();
        if (limits.stopWhen()) return;
      }
    },
  };
};
