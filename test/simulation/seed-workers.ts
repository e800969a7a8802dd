/** Many seeds over several processes, each running the simulator as one bundled file: half the time of the sources as they are. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Report } from './run.ts';

/** Seeds, and the profile of each. */
export interface SeedOrder {
  readonly seeds: readonly number[];
  readonly profiles: readonly string[];
}

export interface SeedReport extends Omit<Report, 'journal'> {
  /** Of a seed that failed. */
  readonly story?: string;
}

/** So many seeds are sent at once: enough that sending costs nothing, few enough that no worker is left waiting at the end. */
const SEEDS_AT_ONCE = 10;

const folder = fileURLToPath(new URL('.', import.meta.url));
// Below the packages, which the bundle leaves out and still has to find.
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

const bundleInto = async (path: string): Promise<void> => {
  await build({
    entryPoints: [join(folder, 'seed-worker.ts')],
    outfile: path,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
  });
};

/** Sends an order and waits for its reports. Rejects when the worker dies of it. */
const work = (worker: ChildProcess, order: SeedOrder): Promise<readonly SeedReport[]> =>
  new Promise((resolve, reject) => {
    const died = (code: number | null): void =>
      reject(
        new Error(`A worker died with ${code} at one of the seeds ${order.seeds.join(', ')}.`),
      );
    worker.once('exit', died);
    worker.once('message', (reports) => {
      worker.off('exit', died);
      // Our own, from seed-worker.ts.
      resolve(reports as readonly SeedReport[]);
    });
    worker.send(order);
  });

export interface ManySeeds {
  readonly seeds: Iterable<number>;
  readonly profileOf: (seed: number) => string;
  /** Called once for each seed, in no order; no more are begun after it answers `stop`. */
  readonly onReport: (report: SeedReport) => 'go on' | 'stop';
}

export interface SeedWorkers {
  /** Resolves when every seed was run, or when it was stopped and those under way have ended. */
  run(many: ManySeeds): Promise<void>;
  /** Ends the processes, whatever they do. */
  close(): Promise<void>;
}

const runAll = async (
  worker: ChildProcess,
  next: () => readonly number[],
  { profileOf, onReport }: ManySeeds,
): Promise<void> => {
  for (let order = next(); order.length > 0; order = next()) {
    const reports = await work(worker, { seeds: order, profiles: order.map(profileOf) });
    for (const report of reports) onReport(report);
  }
};

/** Starts so many processes; as many as there are processors when it is not said. They run one call of `run` after the other. */
export const openSeedWorkers = async (workers = availableParallelism()): Promise<SeedWorkers> => {
  await mkdir(cache, { recursive: true });
  const place = await mkdtemp(join(cache, 'sluice-seeds-'));
  const bundle = join(place, 'seed-worker.mjs');
  await bundleInto(bundle);
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const running = Array.from({ length: workers }, () =>
    fork(bundle, { serialization: 'advanced', execArgv: [], env }),
  );

  return {
    async run(many) {
      const rest = many.seeds[Symbol.iterator]();
      let isStopped = false;
      const next = (): readonly number[] => {
        const order: number[] = [];
        while (!isStopped && order.length < SEEDS_AT_ONCE) {
          const { value, done } = rest.next();
          if (done === true) break;
          order.push(value);
        }
        return order;
      };
      const onReport = (report: SeedReport): 'go on' | 'stop' => {
        const answer = many.onReport(report);
        if (answer === 'stop') isStopped = true;
        return answer;
      };
      await Promise.all(running.map((worker) => runAll(worker, next, { ...many, onReport })));
    },
    async close() {
      for (const worker of running) worker.kill();
      await rm(place, { recursive: true, force: true });
    },
  };
};
