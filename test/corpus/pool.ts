/** Keeps worker processes at work, watches what they take, and replaces those that die. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Driven } from './drive.ts';
import type { Answer, Order } from './worker.ts';

const MiB = 1024 ** 2;
const WATCH_MS = 10;
/** Longer than the limit of time of any step that decodes: what outlives it does not keep to its own. */
const HANG_MS = 300_000;
const PAGE_BYTES = 4096;

export interface Run {
  readonly driven?: Driven;
  /** Why there is none. */
  readonly died?: string;
  readonly ms: number;
  /**
   * Most resident memory of the worker and the processes it started, less the file itself: the store that it lies in is not
   * the worker's but the harness's. 0 where the system does not tell.
   */
  readonly peakBytes: number;
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process has ended, or this system has no such file.
    return '';
  }
};

const residentBytes = (pid: number): number =>
  Number(readText(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES;

const childrenOf = (pid: number): readonly number[] =>
  readText(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);

/** A worker counts with all that it started, as a Lambda does. */
const familyBytes = (pid: number): number =>
  childrenOf(pid).reduce((sum, child) => sum + familyBytes(child), residentBytes(pid));

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

export const createWorker = (capMiB: number) => {
  const scratch = mkdtempSync(join(tmpdir(), 'corpus-'));
  let child: ChildProcess | undefined;

  const start = (): ChildProcess =>
    fork(WORKER, {
      execArgv: [...process.execArgv, '--expose-gc', `--max-old-space-size=${capMiB}`],
    });

  const run = (order: Omit<Order, 'scratch'>): Promise<Run> =>
    new Promise((resolve) => {
      child ??= start();
      const worker = child;
      const startedAt = performance.now();
      const storedBytes = statSync(join(order.folder, order.path)).size;
      let peakBytes = 0;
      const end = (result: Pick<Run, 'driven' | 'died'>): void => {
        clearInterval(watch);
        clearTimeout(hang);
        worker.removeAllListeners();
        if (result.died !== undefined) {
          worker.kill('SIGKILL');
          child = undefined;
        }
        resolve({ ...result, ms: performance.now() - startedAt, peakBytes });
      };
      const watch = setInterval(() => {
        peakBytes = Math.max(peakBytes, familyBytes(worker.pid ?? 0) - storedBytes);
        if (peakBytes > 2 * capMiB * MiB) end({ died: 'took twice the memory it may' });
      }, WATCH_MS);
      const hang = setTimeout(() => end({ died: `no end within ${HANG_MS / 1000} s` }), HANG_MS);
      worker.on('message', (answer: Answer) =>
        end('driven' in answer ? answer : { died: answer.error }),
      );
      worker.on('exit', (code, signal) => end({ died: `the worker ended with ${signal ?? code}` }));
      worker.send({ ...order, scratch } satisfies Order);
    });

  return {
    run,
    stop: (): void => {
      child?.kill();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
};
