/** What a user sees of an upload never goes back, in whatever order its documents reach the board. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryStatusBoard } from '../../../shared/adapters/memory/memory-status-board.ts';
import { jsonWith } from '../../../shared/domain/ready-status.ts';
import {
  documentOf,
  type StatusDocument,
  type UploadStatus,
} from '../../../shared/domain/status.ts';
import { isLiveState, TERMINAL_STATES, type Upload } from '../../../shared/domain/upload.ts';
import {
  awaiting,
  ended,
  failed,
  plan,
  processing,
  succeeded,
  T0,
} from '../../support/factories.ts';

const STEPS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Every document of one life, oldest first: so many steps, ending in this order, some in one write, then the end. */
const life = fc
  .record({
    steps: fc.shuffledSubarray(STEPS, { minLength: 0 }),
    together: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 7, maxLength: 7 }),
    failing: fc.subarray(STEPS),
    end: fc.constantFrom(...TERMINAL_STATES),
    endsEarly: fc.boolean(),
  })
  .map(({ steps, together, failing, end, endsEarly }): readonly StatusDocument[] => {
    const planned = plan(...STEPS.filter((step) => steps.includes(step)));
    const rows: Upload[] = [awaiting(), processing({ plan: planned })];
    let outcomes = {};
    const left = [...steps];
    for (const count of together) {
      const ending = left.splice(0, count);
      if (ending.length === 0 || (endsEarly && left.length === 0)) break;
      for (const step of ending) {
        outcomes = { ...outcomes, [step]: failing.includes(step) ? failed() : succeeded() };
      }
      rows.push(processing({ plan: planned, outcomes, rev: rows.length + 1 }));
    }
    rows.push(ended(end, { plan: planned, outcomes, rev: rows.length + 1 }));
    return rows.map(documentOf);
  });

/** The documents in any order, some of them more than once, with a mark of any step anywhere between. */
const shows = life.chain((documents) =>
  fc
    .array(fc.nat({ max: documents.length - 1 }), { minLength: 1, maxLength: 24 })
    .chain((order) =>
      fc
        .array(fc.constantFrom(...STEPS), { minLength: order.length, maxLength: order.length })
        .map((marks) => ({ documents, order, marks })),
    ),
);

describe('progress', () => {
  it('never goes back and is 100 exactly when the upload has ended, in any order of documents', async () => {
    await fc.assert(
      fc.asyncProperty(shows, async ({ documents, order, marks }) => {
        const board = createMemoryStatusBoard(createMemoryClock());
        let last: UploadStatus | undefined;
        for (const [position, index] of order.entries()) {
          const document = documents[index]!;
          const { tenant, owner, status } = document;
          await board.show(document);
          const ref = { tenant, owner, uploadId: status.id };
          const mark = { generation: 1, startedAt: T0, attempt: 1, steps: [marks[position]!] };
          await board.mark({ ...ref, ...mark });

          const { found } = await board.look({ tenant, owner }, status.id);
          if (typeof found === 'string') throw new Error(found);
          const seen = JSON.parse(jsonWith(found.ready, found.marks)) as UploadStatus;

          expect(seen.progress === 100).toBe(!isLiveState(seen.state));
          expect(seen.rev).toBeGreaterThanOrEqual(last?.rev ?? 0);
          expect(seen.progress).toBeGreaterThanOrEqual(last?.progress ?? 0);
          if (!isLiveState(seen.state)) {
            expect(seen.steps.filter(({ state }) => state === 'running')).toEqual([]);
          }
          last = seen;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('grows with every step that ends, and stays below 100 while there is more to do', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (documents) => {
        const live = documents.filter(({ status }) => isLiveState(status.state));
        const progress = live.map(({ status }) => status.progress);
        const stepsEnded = live.map(
          ({ status }) => status.steps.filter(({ state }) => state !== 'queued').length,
        );

        for (const [index, percent] of progress.entries()) {
          expect(percent).toBeLessThan(100);
          if (index > 0 && stepsEnded[index]! > stepsEnded[index - 1]! && percent < 99) {
            expect(percent).toBeGreaterThan(progress[index - 1]!);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
