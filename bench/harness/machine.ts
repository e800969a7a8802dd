/** What a figure was measured on: without this it says nothing. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the minute before: above about 0.5, somebody else was measured too. */
  readonly load: number;
}

const commitOf = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    // A release has no history; its version says as much.
    return process.env.npm_package_version ?? 'unknown';
  }
};

export const describeMachine = (): Machine => ({
  date: new Date().toISOString().slice(0, 10),
  commit: commitOf(),
  node: process.version,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
});
