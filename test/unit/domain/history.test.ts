import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../shared/domain/history.ts';
import { transition, type UploadEvent } from '../../../shared/domain/transition.ts';
import { type Upload, unseenUpload } from '../../../shared/domain/upload.ts';
import {
  allSucceeded,
  awaiting,
  cause,
  failed,
  MINUTE,
  objectVersion,
  plan,
  succeeded,
  T0,
} from '../../support/factories.ts';

const steps = plan('one', 'two');
const accepted = (object = objectVersion()): UploadEvent => ({
  type: 'object_accepted',
  object,
  detectedType: 'text/plain',
  plan: steps,
});
const newer = objectVersion({ versionId: 'version-2', eTag: 'etag-2', sequencer: '0020' });

/** Applies events a minute apart; a row that is replaced by a new generation is archived. */
const live = (start: Upload, events: readonly UploadEvent[]) => {
  const archived: Upload[] = [];
  let current = start;
  for (const [index, event] of events.entries()) {
    const at = T0 + (index + 1) * MINUTE;
    const result = transition(current, event, { at, cause: cause({ requestId: `r${index}` }) });
    if ('refused' in result) throw new Error(result.refused);
    if (current.generation > 0 && result.next.generation > current.generation) {
      archived.push(current);
    }
    current = result.next;
  }
  return { current, archived };
};

const outcomes = (generation: number, of = allSucceeded(steps)): UploadEvent => ({
  type: 'outcomes_recorded',
  generation,
  outcomes: of,
  dueAt: T0,
});

describe('historyOf', () => {
  it('tells one generation from its creation to its end, each entry with its cause', () => {
    const { current, archived } = live(awaiting(), [
      accepted(),
      outcomes(1, {
        one: succeeded({ at: T0 + 2 * MINUTE, requestId: 'w1', attempt: 2, durationMs: 70 }),
        two: failed({ at: T0 + 2 * MINUTE + 1, requestId: 'w1', code: 'encrypted' }),
      }),
      { type: 'finished', generation: 1 },
    ]);

    const history = historyOf(current, archived);

    expect(history).toMatchObject([
      { at: '2026-01-01T00:00:00.000Z', event: 'created', generation: 0, requestId: 'request-1' },
      { at: '2026-01-01T00:01:00.000Z', event: 'accepted', generation: 1, requestId: 'r0' },
      {
        event: 'step_ended',
        step: 'one',
        state: 'succeeded',
        requestId: 'w1',
        attempt: 2,
        durationMs: 70,
      },
      { event: 'step_ended', step: 'two', state: 'failed', code: 'encrypted' },
      { at: '2026-01-01T00:03:00.000Z', event: 'ended', state: 'failed', requestId: 'r2' },
    ]);
    expect(history).toHaveLength(5);
  });

  it('A4: says when a running generation was superseded, and keeps what it had done', () => {
    const { current, archived } = live(unseenUpload('obj_1', 'acme', T0), [
      accepted(),
      outcomes(1, { one: succeeded({ at: T0 + 2 * MINUTE }) }),
      accepted(newer),
    ]);

    const told = historyOf(current, archived).map(({ event, generation }) => [event, generation]);

    expect(told).toEqual([
      ['accepted', 1],
      ['step_ended', 1],
      ['superseded', 1],
      ['accepted', 2],
    ]);
  });

  it('B17: keeps both epochs of an upload that was processed again', () => {
    const { current, archived } = live(awaiting(), [
      accepted(),
      outcomes(1, {
        one: failed({ at: T0 + 2 * MINUTE }),
        two: succeeded({ at: T0 + 2 * MINUTE }),
      }),
      { type: 'finished', generation: 1 },
      { type: 'reprocess_requested', plan: steps },
      outcomes(2, {
        one: succeeded({ at: T0 + 5 * MINUTE }),
        two: succeeded({ at: T0 + 5 * MINUTE }),
      }),
      { type: 'finished', generation: 2 },
    ]);

    const told = historyOf(current, archived).map(({ event, generation, state }) =>
      [event, generation, state].join(' '),
    );

    expect(told).toEqual([
      'created 0 awaiting_upload',
      'accepted 1 processing',
      'step_ended 1 failed',
      'step_ended 1 succeeded',
      'ended 1 failed',
      'reprocess_requested 2 processing',
      'step_ended 2 succeeded',
      'step_ended 2 succeeded',
      'ended 2 completed',
    ]);
  });

  it('tells each change once, though every generation carries the timeline of those before', () => {
    const third = objectVersion({ versionId: 'version-3', eTag: 'etag-3', sequencer: '0030' });
    const { current, archived } = live(unseenUpload('obj_1', 'acme', T0), [
      accepted(),
      accepted(newer),
      accepted(third),
    ]);

    const acceptances = historyOf(current, archived).filter(({ event }) => event === 'accepted');

    expect(acceptances.map(({ generation }) => generation)).toEqual([1, 2, 3]);
  });

  it('tells of re-drives', () => {
    const { current } = live(awaiting({ dueAt: T0 }), [{ type: 'driven' }, accepted()]);

    expect(historyOf(current, []).map(({ event }) => event)).toEqual([
      'created',
      'driven',
      'accepted',
    ]);
  });

  it('tells the end of a generation after its steps, even within one millisecond', () => {
    const { current } = live(awaiting(), [
      accepted(),
      outcomes(1, { one: succeeded({ at: T0 + 3 * MINUTE }), two: succeeded({ at: T0 }) }),
      { type: 'finished', generation: 1 },
    ]);

    expect(
      historyOf(current, [])
        .map(({ event }) => event)
        .slice(-2),
    ).toEqual(['step_ended', 'ended']);
  });
});
