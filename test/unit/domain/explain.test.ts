import { describe, expect, it } from 'vitest';
import { explain } from '../../../shared/domain/explain.ts';
import { partStepNames } from '../../../shared/domain/part.ts';
import { transition, type UploadEvent } from '../../../shared/domain/transition.ts';
import { type EndedUpload, type Upload, unseenUpload } from '../../../shared/domain/upload.ts';
import {
  awaiting,
  cause,
  ended,
  failed,
  MINUTE,
  objectVersion,
  plan,
  processing,
  skipped,
  step,
  succeeded,
  T0,
} from '../../support/factories.ts';

const story = (upload: Upload, now = T0 + 10 * MINUTE, archived: readonly Upload[] = []) =>
  explain(upload, archived, now).join('\n');

const next = (upload: Upload, event: UploadEvent, minutes: number): Upload => {
  const result = transition(upload, event, { at: T0 + minutes * MINUTE, cause: cause() });
  if ('refused' in result) throw new Error(result.refused);
  return result.next;
};

describe('the story of an upload', () => {
  it('that waits says until when, and when somebody looks again', () => {
    expect(explain(awaiting(), [], T0 + MINUTE)).toEqual([
      'Upload upl_0123456789abcdefghjkmnpqrs of tenant acme, owner "ann": "hello.txt", declared as 11 bytes of text/plain.',
      '2026-01-01T00:00:00.000Z it was announced through the API (request request-1).',
      'It waits for its object: no event has told of one. Its upload address runs out at 2026-01-01T00:15:00.000Z.',
      'If nothing else happens, the sweep looks at it at 2026-01-01T00:30:00.000Z. It was sent on 0 times without an answer, 8 is the most.',
    ]);
  });

  it('of parts says how many are awaited, and does not name them all', () => {
    const names = partStepNames('one', 3);
    const steps = [...plan(...names), step('one', { needs: names })];
    const outcomes = { [names[1] ?? '']: succeeded() };

    expect(story(processing({ plan: steps, outcomes }))).toContain(
      'It is being processed: 1 of 4 steps have ended. one waits for 2 of the parts of one.',
    );
  });

  it('that waits too long says that the sweep does not run', () => {
    const text = story(awaiting(), T0 + 36 * MINUTE);

    expect(text).toContain('ran out at 2026-01-01T00:15:00.000Z');
    expect(text).toContain('has not: see whether it runs');
  });

  it('that is being processed names the steps without an outcome, and what they wait for', () => {
    const upload = processing({
      plan: [step('one'), step('two', { lane: 'heavy' }), step('three', { needs: ['two'] })],
      outcomes: { one: succeeded({ attempt: 3, durationMs: 12 }) },
    });

    const text = story(upload);

    expect(text).toContain('one succeeded in 12 ms (request request-1, delivery 3).');
    expect(text).toContain(
      '1 of 3 steps have ended. two is in the heavy lane; three waits for two.',
    );
  });

  it('whose steps have all ended waits for the finalizer', () => {
    const upload = processing({ plan: plan('one'), outcomes: { one: succeeded() } });

    expect(story(upload)).toContain('waits for the finalizer');
  });

  it('that completed says so', () => {
    expect(story(ended('completed'))).toContain(
      'It has been completed since 2026-01-01T00:01:00.000Z.',
    );
  });

  it('L8: that failed by its bytes has code, step and sentence, and does not blame the world', () => {
    const text = story(
      ended('failed', {
        plan: plan('one', 'two'),
        outcomes: { one: failed(), two: skipped() },
        failure: { code: 'corrupt', message: 'The file is damaged.', step: 'one' },
      }),
    );

    expect(text).toContain('one failed after 5 ms: corrupt');
    expect(text).toContain('two was skipped: dependency_failed');
    expect(text).toContain('in step one: corrupt. The file is damaged.');
    expect(text).toContain('The same bytes fail in the same way');
  });

  it('that failed by the world says how to process it once more', () => {
    const failure = { code: 'crashed', message: 'The worker died.', step: 'one' } as const;

    const text = story(ended('failed', { failure }));

    expect(text).toContain('The file is not to blame.');
    expect(text).toContain('{"command":"reprocess","uploadId":"upl_0123456789abcdefghjkmnpqrs"}');
  });

  it('B17: tells both generations, and who asked for the second', () => {
    const first = ended('failed', { timeline: [], rev: 4 });
    const second = next(first, { type: 'reprocess_requested', plan: plan('one') }, 5);

    const text = story(second, T0 + 6 * MINUTE, [first]);

    expect(text).toContain('an operator had it processed once more, as generation 2');
    expect(text).toContain('Generation 2 is about 11 bytes, version version-1, text/plain');
  });

  it('of an object from the bucket names its key, and every re-drive and replacement', () => {
    const key = 'incoming/acme/a b.txt';
    const object = objectVersion({ key });
    const accepted = { detectedType: 'text/plain', plan: plan('one') };
    const first = next(
      unseenUpload('obj_1', 'acme', T0),
      { type: 'object_accepted', object, ...accepted },
      1,
    );
    const driven = next(first, { type: 'driven' }, 30);
    const newer = objectVersion({ key, versionId: 'version-2', sequencer: '0020' });
    const second = next(driven, { type: 'object_accepted', object: newer, ...accepted }, 31);

    const text = story(second, T0 + 32 * MINUTE, [driven]);

    expect(text).toContain('put into the bucket by another tool as "incoming/acme/a b.txt".');
    expect(text).toContain('00:30:00.000Z the sweep found it overdue and sent it on again');
    expect(text).toContain('a newer version of the object took the place of generation 1.');
  });

  it('of what was refused says as what it ended', () => {
    const refused = next(
      awaiting(),
      { type: 'object_refused', object: objectVersion(), state: 'rejected', code: 'size_mismatch' },
      1,
    );

    const text = story(refused);

    expect(text).toContain('what had arrived was refused; generation 1 ended as rejected');
    expect(text).toContain('size_mismatch. The number of bytes that arrived');
    expect(text).not.toContain('process');
  });

  it('of a file in an archive says in which one, and in which of its generations', () => {
    const group = { id: 'upl_zip.2', index: 0 };

    expect(explain(awaiting({ group }), [], T0)[0]).toContain(
      '"hello.txt", 11 bytes in the archive of upl_zip, generation 2.',
    );
  });

  it('of a step that took over an earlier outcome says so, in place of how long it took', () => {
    const upload = processing({
      plan: plan('one'),
      outcomes: { one: succeeded({ reused: { uploadId: 'upl_1', generation: 1 } }) },
    });

    const text = story(upload);

    expect(text).toContain('one took over what it had come to for the same bytes before');
    expect(text).not.toContain('succeeded in');
  });

  it('that was deleted says so, and whether anything of it is left', () => {
    const deleted = next(ended('completed', { timeline: [] }), { type: 'deleted' }, 5);
    const { erasure: _, ...gone } = deleted as EndedUpload;

    expect(story(deleted)).toContain(
      'It was deleted by its owner at 2026-01-01T00:05:00.000Z. The rest is being erased.',
    );
    expect(story(gone)).toContain('Nothing of it is left.');
    expect(story(deleted)).not.toContain('It is completed');
  });

  it('E12: lets no file name pretend to be part of it', () => {
    const name = 'a\n2026-01-01 it completed\u001b[31m"';
    const upload = awaiting({ declared: { name, size: 1, type: 'text/plain' } });

    expect(explain(upload, [], T0)[0]).toContain(
      String.raw`"a\n2026-01-01 it completed\u001b[31m\""`,
    );
  });
});
