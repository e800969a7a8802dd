/** What every upload store promises, whatever it is made of. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crockford } from '../../shared/adapters/crockford.ts';
import { dueShardOf } from '../../shared/adapters/due-shard.ts';
import { RequestError } from '../../shared/domain/errors.ts';
import type { StepOutcome } from '../../shared/domain/plan.ts';
import { type Transition, transition, type UploadEvent } from '../../shared/domain/transition.ts';
import { type AwaitingUpload, newUpload, type Upload } from '../../shared/domain/upload.ts';
import type { UploadOptions } from '../../shared/domain/upload-options.ts';
import { DUE_SHARDS, type UploadStore } from '../../shared/ports/upload-store.ts';

export interface UploadStoreSetup {
  readonly store: UploadStore;
  close(): Promise<void>;
}

const AT = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
const cause = { requestId: 'request-1', attempt: 1 };

const uploadId = (): string => `upl_${crockford(randomBytes(16))}`;
const anyOwner = () => ({ tenant: 'dev', owner: `owner ${crockford(randomBytes(16))}` });

export const awaiting = (overrides: Partial<AwaitingUpload> = {}): AwaitingUpload => ({
  ...newUpload(
    {
      id: uploadId(),
      ...anyOwner(),
      declared: { name: 'Bericht #1 "größer".csv', size: 12, type: 'text/csv' },
      uploadDeadline: AT + 900_000,
      dueAt: AT + 1_800_000,
    },
    AT,
    cause,
  ),
  ...overrides,
});

const next = (upload: Upload, event: UploadEvent, at = AT + 1_000): Upload => {
  const answer: Transition = transition(upload, event, { at, cause });
  if ('refused' in answer) throw new Error(`The test's own upload refused: ${answer.refused}`);
  return answer.next;
};

const step = (name: string) => ({ name, version: 1, lane: 'light', needs: [] }) as const;

const object = (key: string) => ({
  bucket: 'uploads',
  key,
  versionId: 'v1',
  eTag: '0cc175b9c0f1b6a831c399e269772661',
  size: 12,
  lastModified: AT,
  sequencer: '0066F1',
});

export const processing = (upload: Upload = awaiting()): Upload =>
  next(upload, {
    type: 'object_accepted',
    object: object(`incoming/dev/${upload.id}`),
    detectedType: 'text/csv',
    plan: [step('digest'), step('profile')],
  });

const decided = { at: AT + 2_000, attempt: 1, durationMs: 17, requestId: 'request-2' };

export const succeeded = (result: unknown): StepOutcome => ({
  ...decided,
  state: 'succeeded',
  result,
  files: [{ name: 'a.json', key: 'results/x', size: 3, contentType: 'application/json' }],
});

export const failed: StepOutcome = {
  ...decided,
  state: 'failed',
  code: 'corrupt',
  message: 'The file is damaged.',
};

const outcomesOf = (upload: Upload, outcomes: Record<string, StepOutcome>) => ({
  uploadId: upload.id,
  generation: upload.generation,
  outcomes,
  at: AT + 2_000,
  dueAt: AT + 5_000,
});

const put = async (store: UploadStore, ...uploads: readonly Upload[]): Promise<void> => {
  for (const upload of uploads) {
    expect(await store.put(upload)).toEqual({ kind: 'written' });
  }
};

/** Two rows on the way: just made, and being processed. */
const startProcessing = async (store: UploadStore): Promise<Upload> => {
  const made = awaiting();
  const started = processing(made);
  await put(store, made, started);
  return started;
};

export const describeUploadStore = (name: string, setup: () => Promise<UploadStoreSetup>): void => {
  describe(`upload store: ${name}`, () => {
    let running: UploadStoreSetup;
    let store: UploadStore;
    beforeAll(async () => {
      running = await setup();
      store = running.store;
    });
    afterAll(() => running?.close());

    describe('put and find', () => {
      it('finds nothing under an unknown id', async () => {
        expect(await store.find(uploadId())).toBeUndefined();
      });

      it('finds many at once, in the order asked, with a gap where there is none', async () => {
        const made = Array.from({ length: 103 }, () => awaiting());
        await put(store, ...made);
        const ids = made.map(({ id }) => id).reverse();
        const [first = ''] = ids;
        const unknown = uploadId();

        const found = await store.findAll([...ids, unknown, first]);

        expect(found).toEqual([...made.toReversed(), undefined, made.at(-1)]);
        expect(await store.findAll([])).toEqual([]);
      });

      it('gives back every state exactly as it was put', async () => {
        const made = awaiting();
        const started = processing(made);
        const done: Upload = {
          ...started,
          outcomes: { digest: succeeded({ sha256: 'ab' }), profile: failed },
          rev: 3,
        };
        const ended = next(done, { type: 'finished', generation: 1 });
        for (const upload of [made, started, done, ended]) {
          await put(store, upload);
          expect(await store.find(made.id)).toEqual(upload);
        }
        expect(ended.state).toBe('failed');
      });

      it('keeps results that DynamoDB numbers, nesting and empty texts would not survive', async () => {
        let deep: unknown = 'bottom';
        for (let level = 0; level < 40; level += 1) deep = { deeper: deep };
        const result = {
          tiny: 5e-324,
          huge: 1.7976931348623157e308,
          deep,
          '': '',
          list: [null, []],
        };
        const started = await startProcessing(store);
        await store.recordOutcomes(outcomesOf(started, { digest: succeeded(result) }));
        expect((await store.find(started.id))?.outcomes.digest).toEqual(succeeded(result));
      });

      it('keeps the options of an upload over its states, in their own spelling', async () => {
        const options: UploadOptions = {
          typePolicy: 'reject',
          tableValidation: {
            schema: {
              fields: [{ name: '', constraints: { enum: ['', 5e-324, false], minimum: -0.1 } }],
            },
          },
        };
        const made = awaiting({ options });
        const started = processing(made);
        await put(store, made, started);
        const ended = next(
          { ...started, outcomes: { digest: failed, profile: failed }, rev: 2 },
          { type: 'finished', generation: 1 },
        );
        await put(store, ended);

        expect((await store.find(made.id))?.options).toEqual(options);
      });

      it('tells the second creator of a row what the first one wrote', async () => {
        const first = awaiting();
        const second = { ...first, declared: { name: 'other', size: 1, type: 'a/b' } };
        await put(store, first);
        expect(await store.put(second)).toEqual({ kind: 'lost', current: first });
      });

      it('refuses a row whose predecessor is not there any more', async () => {
        const started = await startProcessing(store);
        const stale = next({ ...started, rev: 1 }, { type: 'cancelled' });
        expect(await store.put(stale)).toEqual({ kind: 'lost', current: started });
      });

      it('refuses to continue a row that does not exist', async () => {
        expect(await store.put(processing())).toEqual({ kind: 'lost', current: undefined });
      });

      it('recognises its own row when the same put is repeated', async () => {
        const made = awaiting();
        await put(store, made, made);
        const started = processing(made);
        await put(store, started, started);
        expect((await store.find(made.id))?.rev).toBe(2);
      });

      it('recognises its own row even after others recorded outcomes in it', async () => {
        const started = await startProcessing(store);
        await store.recordOutcomes(outcomesOf(started, { digest: failed }));
        expect(await store.put(started)).toEqual({ kind: 'written' });
        expect((await store.find(started.id))?.outcomes).toEqual({ digest: failed });
      });

      it('lets exactly one of many racing writers win', async () => {
        const started = await startProcessing(store);
        const rivals = Array.from({ length: 8 }, (_, index) =>
          next(started, { type: 'cancelled' }, AT + index),
        );
        const answers = await Promise.all(rivals.map((rival) => store.put(rival)));
        expect(answers.filter(({ kind }) => kind === 'written')).toHaveLength(1);
        const winner = rivals[answers.findIndex(({ kind }) => kind === 'written')];
        expect(await store.find(started.id)).toEqual(winner);
      });

      it('is not changed by changes to what was put or found', async () => {
        const made = awaiting();
        const mutable = structuredClone(made) as { declared: { name: string } } & Upload;
        await put(store, mutable);
        mutable.declared.name = 'changed';
        expect(await store.find(made.id)).toEqual(made);
      });
    });

    describe('recordOutcomes', () => {
      it('adds outcomes, moves due time and rev, and answers the whole row', async () => {
        const started = await startProcessing(store);
        const recorded = outcomesOf(started, { digest: succeeded({ sha256: 'ab' }) });
        const expected = {
          ...started,
          outcomes: recorded.outcomes,
          rev: 3,
          updatedAt: recorded.at,
          dueAt: recorded.dueAt,
        };
        expect(await store.recordOutcomes(recorded)).toEqual({
          kind: 'recorded',
          upload: expected,
        });
        expect(await store.find(started.id)).toEqual(expected);
      });

      it('lets the first outcome of a step stand', async () => {
        const started = await startProcessing(store);
        await store.recordOutcomes(outcomesOf(started, { digest: succeeded(1) }));
        const answer = await store.recordOutcomes(
          outcomesOf(started, { digest: failed, profile: failed }),
        );
        expect(answer.kind === 'recorded' && answer.upload.outcomes).toEqual({
          digest: succeeded(1),
          profile: failed,
        });
      });

      it('shows the full set to exactly one of two that complete it together', async () => {
        const started = await startProcessing(store);
        const answers = await Promise.all([
          store.recordOutcomes(outcomesOf(started, { digest: succeeded(1) })),
          store.recordOutcomes(outcomesOf(started, { profile: succeeded(2) })),
        ]);
        const sizes = answers.map((answer) =>
          answer.kind === 'recorded' ? Object.keys(answer.upload.outcomes).length : 0,
        );
        expect(sizes.sort()).toEqual([1, 2]);
      });

      it('refuses another generation', async () => {
        const started = await startProcessing(store);
        const late = { ...outcomesOf(started, { digest: failed }), generation: 2 };
        expect(await store.recordOutcomes(late)).toEqual({ kind: 'refused', current: started });
        expect(await store.find(started.id)).toEqual(started);
      });

      it('refuses once the upload has ended', async () => {
        const started = await startProcessing(store);
        const ended = next(started, { type: 'cancelled' });
        await put(store, ended);
        expect(await store.recordOutcomes(outcomesOf(started, { digest: failed }))).toEqual({
          kind: 'refused',
          current: ended,
        });
      });

      it('refuses when there is no row', async () => {
        expect(await store.recordOutcomes(outcomesOf(processing(), { digest: failed }))).toEqual({
          kind: 'refused',
          current: undefined,
        });
      });

      it('takes steps whose names are words of the query language', async () => {
        const started = await startProcessing(store);
        const outcomes = { 'set#:x.[0]': failed, 'size-list': failed };
        const answer = await store.recordOutcomes(outcomesOf(started, outcomes));
        expect(answer.kind === 'recorded' && answer.upload.outcomes).toEqual(outcomes);
      });
    });

    describe('archive', () => {
      it('keeps earlier generations, oldest first, apart from the current row', async () => {
        const first = await startProcessing(store);
        const second = { ...first, generation: 2, rev: 5 } as typeof first & {
          state: 'processing';
        };
        const third = { ...first, generation: 11, rev: 9 } as typeof second;
        for (const upload of [third, second, first]) {
          if (upload.state === 'processing') await store.archive(upload);
        }
        expect(await store.archived(first.id, 11)).toEqual([first, second]);
        expect(await store.archived(first.id, 12)).toEqual([first, second, third]);
        expect(await store.archived(first.id, 0)).toEqual([]);
        expect(await store.find(first.id)).toEqual(first);
      });

      it('keeps the newest row of a generation, in whatever order they come', async () => {
        const started = processing();
        const newer = { ...started, rev: 7 };
        for (const upload of [started, newer, started]) {
          if (upload.state === 'processing') await store.archive(upload);
        }
        expect(await store.archived(started.id, 2)).toEqual([newer]);
      });

      it('does not show archived rows in any listing', async () => {
        const started = await startProcessing(store);
        if (started.state === 'processing') await store.archive(started);
        const { uploads } = await store.listByOwner(started, { limit: 10 });
        expect(uploads).toEqual([started]);
      });
    });

    describe('listByOwner', () => {
      it('lists newest first, page by page, each upload once', async () => {
        const owner = anyOwner();
        const made = [0, 1, 2, 3, 4].map((index) =>
          // Two of the same millisecond: the order is total all the same.
          awaiting({ ...owner, createdAt: AT + Math.floor(index / 2) }),
        );
        await put(store, ...made);
        const seen: Upload[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.listByOwner(owner, { limit: 2, cursor });
          expect(page.uploads.length).toBeLessThanOrEqual(2);
          seen.push(...page.uploads);
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(seen.map(({ createdAt }) => createdAt - AT)).toEqual([2, 1, 1, 0, 0]);
        expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
      });

      it('shows no child of another upload, which keeps what it is told of its own', async () => {
        const owner = anyOwner();
        const announced = awaiting(owner);
        const parent: Upload = { ...processing(announced), childrenEnded: 2 };
        const child = awaiting({ ...owner, group: { id: `${parent.id}.1`, index: 7 } });
        await put(store, announced, parent, child);

        const { uploads } = await store.listByOwner(owner, { limit: 9 });

        expect(uploads).toEqual([parent]);
        expect(await store.find(child.id)).toEqual(child);
      });

      it('shows no upload of another owner or tenant, and none to a cursor of another', async () => {
        const owner = anyOwner();
        const other = anyOwner();
        const mine = [awaiting(owner), awaiting(owner)];
        await put(store, ...mine, awaiting(other), awaiting({ ...owner, tenant: 'elsewhere' }));
        const { uploads, cursor } = await store.listByOwner(owner, { limit: 1 });
        expect(mine.map(({ id }) => id)).toContain(uploads[0]?.id);
        const stolen = await store.listByOwner(
          { tenant: 'dev', owner: 'nobody' },
          { limit: 9, cursor },
        );
        expect(stolen.uploads).toEqual([]);
      });

      it('refuses a cursor that is none', async () => {
        for (const cursor of ['', 'x', Buffer.from('2026#__proto__').toString('base64url')]) {
          await expect(store.listByOwner(anyOwner(), { limit: 1, cursor })).rejects.toThrow(
            RequestError,
          );
        }
      });
    });

    describe('listDue', () => {
      const dueIds = async (now: number, limit = 1_000): Promise<readonly string[]> => {
        const shards = Array.from({ length: DUE_SHARDS }, (_, shard) =>
          store.listDue(shard, now, limit),
        );
        return (await Promise.all(shards)).flat().map(({ id }) => id);
      };

      it('finds a live upload in exactly one shard, from its due time on', async () => {
        const upload = awaiting({ dueAt: 1_000 });
        await put(store, upload);
        expect(await dueIds(999)).not.toContain(upload.id);
        expect((await dueIds(1_000)).filter((id) => id === upload.id)).toHaveLength(1);
        const own = await store.listDue(dueShardOf(upload.id), 1_000, 1_000);
        expect(own).toContainEqual({ id: upload.id, dueAt: 1_000 });
      });

      it('lists the most overdue first and no more than asked for', async () => {
        const shard = 0;
        const ids = Array.from({ length: 60 }, uploadId).filter((id) => dueShardOf(id) === shard);
        await put(
          store,
          ...ids.slice(0, 3).map((id, index) => awaiting({ id, dueAt: 10 + index })),
        );
        const due = await store.listDue(shard, 20, 2);
        expect(due.map(({ dueAt }) => dueAt)).toEqual([10, 11]);
      });

      it('forgets an upload that has ended', async () => {
        const made = awaiting({ dueAt: 500 });
        await put(store, made, next(made, { type: 'cancelled' }));
        expect(await dueIds(Number.MAX_SAFE_INTEGER)).not.toContain(made.id);
      });

      it('follows the due time that recording outcomes sets', async () => {
        const started = await startProcessing(store);
        await store.recordOutcomes({ ...outcomesOf(started, { digest: failed }), dueAt: 700 });
        expect(await dueIds(700)).toContain(started.id);
        expect(await dueIds(699)).not.toContain(started.id);
      });
    });

    describe('scan', () => {
      const scanned = async (limit: number): Promise<readonly Upload[]> => {
        const seen: Upload[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.scan(limit, cursor);
          expect(page.uploads.length).toBeLessThanOrEqual(limit);
          seen.push(...page.uploads);
          cursor = page.cursor;
        } while (cursor !== undefined);
        return seen;
      };

      it('comes by every upload exactly once, as it is now, whoever owns it', async () => {
        const made = awaiting();
        const started = await startProcessing(store);
        const cancelled = awaiting({ tenant: 'elsewhere' });
        const ended = next(cancelled, { type: 'cancelled' });
        await put(store, made, cancelled, ended);

        const seen = await scanned(2);

        for (const upload of [made, started, ended]) expect(seen).toContainEqual(upload);
        expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
      });

      it('shows no kept generation', async () => {
        const started = await startProcessing(store);
        if (started.state === 'processing') await store.archive(started);

        const seen = await scanned(50);

        expect(seen.filter(({ id }) => id === started.id)).toEqual([started]);
      });

      it('refuses a cursor that is none', async () => {
        for (const cursor of ['x', Buffer.from('scan:').toString('base64url')]) {
          await expect(store.scan(1, cursor)).rejects.toThrow(RequestError);
        }
      });
    });
  });
};
