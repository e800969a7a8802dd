import { describe, expect, it } from 'vitest';
import {
  BUCKET_OWNER,
  isLive,
  TERMINAL_STATES,
  unseenUpload,
  withEntry,
} from '../../../shared/domain/upload.ts';
import { awaiting, cause, ended, processing, T0 } from '../../support/factories.ts';

describe('a new upload', () => {
  it('C18: has a due time from its first row on', () => {
    expect(awaiting()).toMatchObject({ rev: 1, generation: 0, state: 'awaiting_upload' });
    expect(awaiting().dueAt).toBeGreaterThan(awaiting().uploadDeadline);
  });

  it('of an object that nobody announced belongs to its whole tenant and is not stored yet', () => {
    expect(unseenUpload('obj_1', 'acme', T0)).toMatchObject({
      rev: 0,
      origin: 'bucket',
      owner: BUCKET_OWNER,
      tenant: 'acme',
    });
  });
});

describe('isLive', () => {
  it('is true until the upload ends', () => {
    expect(isLive(awaiting())).toBe(true);
    expect(isLive(processing())).toBe(true);
    expect(TERMINAL_STATES.map((state) => isLive(ended(state)))).not.toContain(true);
  });
});

describe('withEntry', () => {
  it('C10: keeps a row small: the newest 64 entries stay', () => {
    const entry = { event: 'driven', generation: 1, state: 'processing', ...cause() } as const;

    let timeline = awaiting().timeline;
    for (let at = 0; at < 200; at += 1) timeline = withEntry(timeline, { at, ...entry });

    expect(timeline).toHaveLength(64);
    expect(timeline.at(-1)?.at).toBe(199);
  });
});
