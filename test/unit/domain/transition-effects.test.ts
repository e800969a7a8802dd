import { describe, expect, it } from 'vitest';
import { nextDriveAt } from '../../../shared/domain/due.ts';
import { transition, type UploadEvent } from '../../../shared/domain/transition.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import {
  awaiting,
  ended,
  failed,
  objectVersion,
  plan,
  processing,
  succeeded,
} from '../../support/factories.ts';
import {
  accepted,
  bucket,
  moment,
  NOW,
  newer,
  outcomesOf,
  refusedObject,
} from '../../support/transition-cases.ts';

const nextOf = (upload: Upload, event: UploadEvent): Upload => {
  const result = transition(upload, event, moment);
  if ('refused' in result) throw new Error(`Refused: ${result.refused}.`);
  return result.next;
};

describe('what a transition makes', () => {
  it('opens a generation with the object, its plan, no outcomes and a due time', () => {
    const next = nextOf(awaiting(), accepted());

    expect(next).toMatchObject({
      state: 'processing',
      generation: 1,
      object: objectVersion(),
      type: 'text/csv',
      plan: plan('one', 'three'),
      startedAt: NOW,
      dueAt: nextDriveAt(NOW, 0),
      drives: 0,
    });
    expect(next.outcomes).toEqual({});
    expect(next.timeline.at(-1)).toEqual({
      at: NOW,
      event: 'accepted',
      generation: 1,
      state: 'processing',
      requestId: 'request-9',
      attempt: 3,
    });
  });

  it('keeps nothing of the old generation in the new one', () => {
    const before = processing({ ...bucket, outcomes: { one: failed() }, drives: 3 });

    const next = nextOf(before, accepted(newer));

    expect(next).toMatchObject({ generation: 2, object: newer, drives: 0 });
    expect(next.outcomes).toEqual({});
    expect(next).toMatchObject({ id: before.id, owner: 'bucket', createdAt: before.createdAt });
  });

  it('claims nothing about refused bytes that only the bytes before them were found to be', () => {
    const next = nextOf(ended('completed', bucket), refusedObject(newer));

    expect(next).toMatchObject({ generation: 2, plan: [] });
    expect(next.outcomes).toEqual({});
    expect(next.type).toBeUndefined();
    expect(next).not.toHaveProperty('startedAt');
  });

  it('says why it refused an object, with the detail', () => {
    const next = nextOf(awaiting(), {
      type: 'object_refused',
      object: objectVersion(),
      state: 'failed',
      code: 'source_gone',
      detail: 'Version 7.',
    });

    expect(next).toMatchObject({
      state: 'failed',
      failure: {
        code: 'source_gone',
        message: 'The file was deleted before it could be processed. Version 7.',
      },
    });
  });

  it('C5: keeps the first outcome of a step, whatever comes later', () => {
    const before = processing({ outcomes: { two: succeeded({ result: 'first' }) } });

    const next = nextOf(before, outcomesOf(1));

    expect(next.outcomes).toEqual({ two: succeeded({ result: 'first' }) });
  });

  it('names the first failed step in plan order when the set is complete with a failure', () => {
    const outcomes = { two: failed({ code: 'encrypted' }), one: failed({ code: 'corrupt' }) };

    const next = nextOf(processing({ outcomes }), { type: 'finished', generation: 1 });

    expect(next).toMatchObject({ state: 'failed', failure: { code: 'corrupt', step: 'one' } });
  });

  it('doubles the time to the next drive and counts it', () => {
    const next = nextOf(processing({ drives: 2 }), { type: 'driven' });

    expect(next).toMatchObject({ drives: 3, dueAt: nextDriveAt(NOW, 3) });
  });
});
