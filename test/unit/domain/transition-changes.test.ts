/** What all changes of the state machine have in common, and the times that some of them keep. */
import { describe, expect, it } from 'vitest';
import { transition, type UploadEvent } from '../../../shared/domain/transition.ts';
import { dueAtOf, type Upload } from '../../../shared/domain/upload.ts';
import { awaiting, MINUTE, T0 } from '../../support/factories.ts';
import { events, moment, NOW, uploads } from '../../support/transition-cases.ts';

describe('transition', () => {
  it('moves rev on by one and stamps the time for every change it makes', () => {
    const changes = Object.values(uploads).flatMap((upload: Upload) =>
      Object.values(events).flatMap((event: UploadEvent) => {
        const result = transition(upload, event, moment);
        return 'refused' in result ? [] : [{ upload, next: result.next }];
      }),
    );

    for (const { upload, next } of changes) {
      expect(next.rev).toBe(upload.rev + 1);
      expect(next.updatedAt).toBe(NOW);
    }
    expect(changes.length).toBeGreaterThan(20);
  });

  it('leaves nothing of the file in a tombstone, and the row as small as it can be', () => {
    for (const [name, upload] of Object.entries(uploads)) {
      const result = transition(upload, { type: 'deleted' }, moment);
      if ('refused' in result) continue;

      expect(result.next, name).toMatchObject({ plan: [], outcomes: {}, deletedAt: NOW });
      expect(Object.keys(result.next), name).not.toContain('declared');
      expect(Object.keys(result.next), name).not.toContain('failure');
      expect(result.next.timeline.at(-1), name).toMatchObject({ event: 'deleted' });
    }
  });

  it('keeps a deletion due until a run of the eraser began when no late writer could be left', () => {
    const erased = (upload: Upload, startedAt: number) => {
      const result = transition(upload, { type: 'erased', startedAt }, moment);
      return 'refused' in result ? result.refused : dueAtOf(result.next);
    };
    const { deleted, 'deleted, and emptied long ago': emptied } = uploads;

    expect(erased(deleted, T0)).toBe(NOW + 30 * MINUTE);
    expect(erased(emptied, NOW - 1)).toBe('too_early');
    expect(erased(emptied, NOW)).toBeUndefined();
  });

  it('lets an upload in parts only ever wait longer, and the sweep with it', () => {
    const requested = (uploadDeadline: number) =>
      transition(awaiting(), { type: 'parts_requested', uploadDeadline }, moment);

    expect(requested(NOW)).toMatchObject({
      next: { uploadDeadline: NOW, dueAt: NOW + 15 * MINUTE },
    });
    expect(requested(awaiting().uploadDeadline)).toEqual({ refused: 'duplicate' });
    expect(requested(T0)).toEqual({ refused: 'duplicate' });
  });
});
