/** The last judgement, from outside: API, table, buckets and queues against what the harness put in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { localCredentials, localRegion } from '../../local/environment.ts';
import type { Broker } from './broker.ts';
import type { Expected, Journal } from './journal.ts';
import type { createOperator } from './operator.ts';
import type { StoredRow } from './rows.ts';
import type { ChaosStack } from './stack.ts';
import { poll, type Users } from './workload.ts';

export interface Trial {
  readonly stack: ChaosStack;
  readonly users: Users;
  readonly broker: Broker;
  readonly operator: ReturnType<typeof createOperator>;
  readonly journal: Journal;
  readonly rows: readonly StoredRow[];
}

interface HistoryEntry {
  readonly event: string;
  readonly generation: number;
}

/** A document that has not changed for half a minute is held against the state; this is a little more. */
const VIEW_CATCHES_UP_MS = 40_000;
const ENDS: ReadonlySet<string> = new Set(['ended', 'refused']);

const digestOf = ({ outcomes }: StoredRow): unknown => {
  const result = outcomes['sha256-digest']?.result;
  return result === undefined ? undefined : (JSON.parse(result) as { sha256: string }).sha256;
};

const rowProblem = (row: StoredRow | undefined, expected: Expected): string | undefined => {
  if (row === undefined) return 'is lost: there is no row';
  if (row.state !== expected.ends) {
    return `is ${row.state} (${row.failure?.code ?? '-'}) instead of ${expected.ends}`;
  }
  if (row.dueShard !== undefined) return 'has ended and is still due';
  const digest = digestOf(row);
  return digest === expected.sha256
    ? undefined
    : `has the SHA-256 ${digest} instead of ${expected.sha256}`;
};

const listKeys = async (s3: S3Client, Bucket: string): Promise<readonly string[]> => {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    for (const { Key = '' } of page.Contents ?? []) keys.push(Key);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return keys;
};

/** The results of the current generation are what its outcomes name, and the manifest says the same as the row. */
const judgeResults = async ({ stack, journal, rows }: Trial): Promise<void> => {
  const { endpoints, model } = stack;
  const s3 = new S3Client({
    endpoint: endpoints.s3,
    region: localRegion,
    credentials: localCredentials,
    forcePathStyle: true,
  });
  const Bucket = model.environments.finalize?.RESULTS_BUCKET ?? '';
  const keys = await listKeys(s3, Bucket);
  for (const row of rows) {
    const { id, generation, state, outcomes } = row;
    const prefix = `results/${id}/${generation}/`;
    const manifest = `${prefix}manifest.json`;
    const isProcessed = state === 'completed' || Object.keys(outcomes).length > 0;
    const named = Object.values(outcomes).flatMap(({ files = [] }) => files.map(({ key }) => key));
    const wanted = [...named, ...(isProcessed ? [manifest] : [])].sort().join();
    const found = keys.filter((key) => key.startsWith(prefix)).sort();
    if (found.join() !== wanted) journal.violate(`${id}: results are ${found} and not ${wanted}`);
    if (!isProcessed || !found.includes(manifest)) continue;
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: manifest }));
    const told = JSON.parse((await answer.Body?.transformToString()) ?? '{}');
    const same =
      told.state === state &&
      told.steps.every(
        ({ name, outcome }: { name: string; outcome: { state: string } }) =>
          outcome.state === outcomes[name]?.state,
      );
    if (!same) journal.violate(`${id}: its manifest tells another story than its row`);
  }
  s3.destroy();
};

/** One end per generation, and everybody was told of each under one id. */
const judgeHistory = async (
  { users, journal }: Trial,
  { id, generation: last, state }: StoredRow,
): Promise<void> => {
  const { httpUrl, token } = users.api;
  const answer = await fetch(`${httpUrl}/uploads/${id}/history`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await answer.text();
  const { history } = JSON.parse(text) as { readonly history?: readonly HistoryEntry[] };
  if (answer.status !== 200 || history === undefined) {
    journal.violate(`${id}: its history was answered ${answer.status} ${text}`);
    return;
  }
  const first = state === 'expired' ? 0 : 1;
  for (let generation = first; generation <= last; generation += 1) {
    const own = history.filter((entry) => entry.generation === generation);
    const ends = own.filter(({ event }) => ENDS.has(event)).length;
    const superseded = own.some(({ event }) => event === 'superseded');
    if (ends > 1) journal.violate(`${id}.${generation}: ended ${ends} times`);
    if (ends === 0 && !superseded) journal.violate(`${id}.${generation}: has no end`);
    const ids = journal.told.get(`${id}.${generation}`);
    if (ends === 1 && ids === undefined) journal.violate(`${id}.${generation}: nobody was told`);
    if (ends === 0 && ids !== undefined) journal.violate(`${id}.${generation}: told of no end`);
    if (ids !== undefined && ids.size > 1) {
      journal.violate(`${id}.${generation}: told under ${ids.size} ids`);
    }
  }
};

/** What users see is what is so; a view that missed something finds out by itself. */
const judgeView = async ({ users, journal }: Trial, row: StoredRow): Promise<void> => {
  const until = Date.now() + VIEW_CATCHES_UP_MS;
  while (journal.seenRev(row.id) !== row.rev) {
    if (Date.now() > until) {
      journal.violate(`${row.id}: users see rev ${journal.seenRev(row.id)} and not ${row.rev}`);
      return;
    }
    await poll(users, row.id);
    await sleep(500);
  }
};

const judgeQueues = async ({ broker, operator, journal, rows }: Trial): Promise<void> => {
  for (const [queue, count] of await broker.counts()) {
    journal.violate(`${count} messages are left in ${queue}`);
  }
  const known = new Set(rows.map(({ id }) => id));
  for (const { fingerprint, examples } of await operator.letters()) {
    for (const { messageId, uploadId } of examples) {
      if (uploadId !== undefined && known.has(uploadId)) continue;
      journal.violate(`dead letter ${messageId} (${fingerprint}) belongs to no upload`);
    }
  }
};

/** Writes everything that is not as it must be into the journal. */
export const judge = async (trial: Trial): Promise<void> => {
  const { journal, rows } = trial;
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const expected of journal.expected.values()) {
    const problem = rowProblem(byId.get(expected.uploadId), expected);
    if (problem !== undefined) journal.violate(`${expected.uploadId} ${problem}`);
  }
  const strange = rows.filter(({ id }) => !journal.expected.has(id));
  const unused = strange.filter(({ state }) => state === 'expired').length;
  // An announcement that was not answered may have been written, and is then never used.
  if (strange.length > unused || unused > journal.unanswered()) {
    for (const { id } of strange) journal.violate(`${id}: nobody uploaded this`);
  }
  await judgeQueues(trial);
  await judgeResults(trial);
  for (const row of rows) await judgeHistory(trial, row);
  await Promise.all(rows.map((row) => judgeView(trial, row)));
};
