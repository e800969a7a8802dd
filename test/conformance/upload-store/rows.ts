/** Chapter: rows, put and found again. */
import { beforeAll, expect, it } from 'vitest';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { UploadOptions } from '../../../shared/domain/upload-options.ts';
import type { UploadStore } from '../../../shared/ports/upload-store.ts';
import {
  AT,
  awaiting,
  failed,
  next,
  outcomesOf,
  processing,
  put,
  startProcessing,
  succeeded,
  uploadId,
} from './stories.ts';

export const describeRows = (open: () => UploadStore): void => {
  let store: UploadStore;
  beforeAll(() => {
    store = open();
  });

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
};
