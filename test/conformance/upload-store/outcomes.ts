/** Chapter: the outcomes of steps, recorded as they come. */
import { beforeAll, expect, it } from 'vitest';
import type { UploadStore } from '../../../shared/ports/upload-store.ts';
import {
  failed,
  next,
  outcomesOf,
  processing,
  put,
  startProcessing,
  succeeded,
} from './stories.ts';

export const describeOutcomes = (open: () => UploadStore): void => {
  let store: UploadStore;
  beforeAll(() => {
    store = open();
  });

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
};
