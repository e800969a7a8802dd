import { describe, expect, it } from 'vitest';
import {
  abandonedOf,
  awaitingOf,
  ENTRIES_STEP,
  tellChildren,
} from '../../../shared/domain/children.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import { cause, ended, failed, processing, succeeded, T0 } from '../../support/factories.ts';

const told = (upload: Upload, some: { generation?: number; ended: number }) =>
  tellChildren(upload, { generation: 1, ...some }, { at: T0 + 5_000, cause: cause() });

describe('how many children have ended', () => {
  const upload = processing({ generation: 1, childrenEnded: 3 });

  it('only grows, whoever tells it last', () => {
    expect(told(upload, { ended: 4 })).toMatchObject({
      next: { childrenEnded: 4, rev: upload.rev + 1, updatedAt: T0 + 5_000 },
    });
    expect(told(upload, { ended: 3 })).toEqual({ refused: 'duplicate' });
    expect(told(upload, { ended: 2 })).toEqual({ refused: 'duplicate' });
    expect(told(processing({ generation: 1 }), { ended: 0 })).toEqual({ refused: 'duplicate' });
  });

  it('is nothing to another generation, and nothing after the end', () => {
    expect(told(upload, { generation: 2, ended: 4 })).toEqual({ refused: 'superseded' });
    expect(told(ended('completed', { generation: 1 }), { ended: 4 })).toEqual({
      refused: 'already_ended',
    });
  });
});

describe('what has become of the generation that children were made for', () => {
  const run = { uploadId: 'upl_1', generation: 2 };
  const withEntries = (outcome?: Upload['outcomes'][string]) =>
    processing({
      generation: 2,
      outcomes: outcome === undefined ? {} : { [ENTRIES_STEP]: outcome },
    });

  it('is that they are made, then awaited, and over when their worker failed', () => {
    expect(awaitingOf(withEntries(), run)).toBe('making');
    expect(awaitingOf(withEntries(succeeded()), run)).toBe('awaited');
    expect(awaitingOf(withEntries(failed()), run)).toBe('over');
  });

  it('is over for an upload that is gone, has ended, or is in another generation', () => {
    expect(awaitingOf(undefined, run)).toBe('over');
    expect(awaitingOf(ended('completed', { generation: 2 }), run)).toBe('over');
    expect(awaitingOf(withEntries(), { ...run, generation: 1 })).toBe('over');
  });
});

describe('the generations whose children nobody wants', () => {
  const whole = { [ENTRIES_STEP]: succeeded() };

  it('are none while it lives: an earlier one is shown until the next has ended', () => {
    expect(abandonedOf(processing({ generation: 3, outcomes: whole }))).toEqual([]);
  });

  it('are the earlier ones of one that ended, and its own when it was not made to the last', () => {
    expect(abandonedOf(ended('completed', { generation: 3, outcomes: whole }))).toEqual([1, 2]);
    expect(abandonedOf(ended('failed', { generation: 3 }))).toEqual([1, 2, 3]);
  });

  it('are all of them of a deleted one', () => {
    const deleted = ended('completed', { generation: 2, outcomes: whole, deletedAt: T0 });
    expect(abandonedOf(deleted)).toEqual([1, 2]);
  });
});
