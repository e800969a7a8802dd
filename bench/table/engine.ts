/** What every engine of the bench answers, and how it is run: in a fresh process, whose CPU time and memory count. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The plain profile of one column. */
export interface ProfiledColumn {
  readonly nulls: number;
  readonly min: string | number | null;
  readonly max: string | number | null;
}

export interface Profiled {
  readonly rows: number;
  readonly columns: readonly ProfiledColumn[];
}

export interface EngineRun extends Profiled {
  /** User and system time of the whole process, its start left out. */
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
}

/** What a program of an engine prints at its end. */
export const report = async (profile: () => Promise<Profiled>): Promise<void> => {
  const before = process.cpuUsage();
  const profiled = await profile();
  const { user, system } = process.cpuUsage(before);
  const run: EngineRun = {
    ...profiled,
    cpuSeconds: (user + system) / 1e6,
    peakRssMb: process.resourceUsage().maxRSS / 1000,
  };
  process.stdout.write(JSON.stringify(run));
};

/** Runs a program over a file, in a fresh process. */
export const runEngine = async (program: string, path: string): Promise<EngineRun> => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, path], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as EngineRun;
};
