/** The file by which `sls invoke local` finds the running stack. One stack at a time may write it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awsEnvironment, type LocalEndpoints } from './environment.ts';
import type { LocalModel } from './model.ts';

export type Announcement = {
  readonly stack: {
    readonly httpUrl: string;
    readonly followUrl: string;
    readonly lambdaUrl: string;
    readonly endpoints: LocalEndpoints;
    readonly redisUrl: string;
    readonly token: string;
    readonly model: LocalModel;
  };
  readonly localDir: string;
  /** Gets what takes the file away again. */
  readonly undo: (() => Promise<unknown>)[];
  readonly log: (line: string) => void;
};

export const announceStack = async ({ stack, localDir, undo, log }: Announcement) => {
  const stackFile = join(localDir, 'stack.json');
  const other = await announcedProcess(stackFile);
  if (other !== undefined) {
    log(`"sls invoke local" keeps using the stack of process ${other}, which was here first.`);
    return;
  }
  const { httpUrl, followUrl, lambdaUrl, endpoints, redisUrl, token, model } = stack;
  const record = {
    pid: process.pid,
    httpUrl,
    followUrl,
    lambdaUrl,
    endpoints,
    redisUrl,
    token,
    awsEnvironment: awsEnvironment(endpoints),
    environments: model.environments,
  };
  await mkdir(localDir, { recursive: true });
  await writeFile(stackFile, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  undo.push(() => rm(stackFile, { force: true }));
};

/** The process whose stack is announced, if it still runs. */
const announcedProcess = async (stackFile: string): Promise<number | undefined> => {
  const text = await readFile(stackFile, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid } = JSON.parse(text) as { readonly pid: number };
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
};
