import { describe, expect, it } from 'vitest';
import { awaitedOf, type Group } from '../../../shared/domain/group.ts';
import { groupStatusOf } from '../../../shared/domain/group-status.ts';
import { transition } from '../../../shared/domain/transition.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import {
  awaiting,
  cause,
  ended,
  plan,
  processing,
  succeeded,
  T0,
} from '../../support/factories.ts';

const group = (overrides: Partial<Group> = {}): Group => ({
  id: 'grp_1',
  tenant: 'acme',
  owner: 'ann',
  createdAt: T0,
  count: 3,
  arrived: [],
  drives: 0,
  dueAt: T0,
  ...overrides,
});

const statusOf = (uploads: readonly (Upload | undefined)[], overrides: Partial<Group> = {}) =>
  groupStatusOf(
    group({ count: uploads.length, ...overrides }),
    uploads.map((upload, index) => ({ id: `upl_${index}`, upload })),
  );

const half = processing({ plan: plan('one', 'two'), outcomes: { one: succeeded() }, rev: 3 });

const deleted = (): Upload => {
  const answer = transition(ended('completed'), { type: 'deleted' }, { at: T0, cause: cause() });
  if ('refused' in answer) throw new Error(answer.refused);
  return answer.next;
};

describe('who is awaited', () => {
  it('is every member that has not arrived, whatever order and doubles the set has', () => {
    expect(awaitedOf({ count: 4, arrived: [2, 0, 2] })).toEqual([1, 3]);
    expect(awaitedOf({ count: 2, arrived: [1, 0] })).toEqual([]);
  });
});

describe('the status of a group', () => {
  it('counts its members by what their own rows say', () => {
    const status = statusOf([awaiting(), half, half, ended('completed'), ended('failed')]);

    expect(status).toMatchObject({
      state: 'open',
      count: 5,
      states: { awaiting_upload: 1, processing: 2, completed: 1, failed: 1 },
      progress: Math.floor((0 + 50 + 50 + 100 + 100) / 5),
    });
    expect(status.uploads.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'upl_0 awaiting_upload',
      'upl_1 processing',
      'upl_2 processing',
      'upl_3 completed',
      'upl_4 failed',
    ]);
  });

  it('says 100 only when all members have ended, failed ones and deleted ones too', () => {
    const almost = Array.from({ length: 99 }, () => ended('completed'));

    expect(statusOf([...almost, half]).progress).toBe(99);
    expect(statusOf([ended('failed'), ended('expired'), deleted(), undefined])).toMatchObject({
      state: 'ended',
      progress: 100,
      states: { expired: 1, failed: 1, gone: 2 },
    });
  });

  it('says nothing of a deleted member but that it is gone', () => {
    expect(statusOf([deleted()]).uploads).toEqual([{ id: 'upl_0', state: 'gone', progress: 100 }]);
  });

  it('names what failed, with its code and its sentence', () => {
    const failure = { code: 'corrupt', message: 'It is damaged.', step: 'one' } as const;

    expect(statusOf([ended('failed', { failure })]).uploads[0]).toEqual({
      id: 'upl_0',
      state: 'failed',
      progress: 100,
      name: 'hello.txt',
      error: { code: 'corrupt', message: 'It is damaged.' },
    });
  });

  it('has a revision that grows with every change of a member, and with its end', () => {
    const revs = [
      statusOf([awaiting(), awaiting()]),
      statusOf([half, awaiting()]),
      statusOf([ended('completed'), half]),
      statusOf([ended('completed'), ended('failed')]),
      statusOf([ended('completed'), ended('failed')], { ended: { at: T0, states: {} } }),
    ].map(({ rev }) => rev);

    expect(revs).toEqual(revs.toSorted((left, right) => left - right));
    expect(new Set(revs).size).toBe(revs.length);
  });

  it('tells when it ended, and when a member last changed', () => {
    const late = ended('completed', { updatedAt: T0 + 5_000 });

    expect(statusOf([late, half])).toMatchObject({
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:05.000Z',
    });
    expect(statusOf([late], { ended: { at: T0 + 6_000, states: { completed: 1 } } })).toMatchObject(
      { updatedAt: '2026-01-01T00:00:06.000Z', endedAt: '2026-01-01T00:00:06.000Z' },
    );
  });
});
