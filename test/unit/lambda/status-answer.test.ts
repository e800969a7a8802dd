import { describe, expect, it } from 'vitest';
import {
  readyOf,
  revIn,
  runningIn,
  type StepMarks,
  tagOf,
} from '../../../shared/domain/ready-status.ts';
import { documentOf, statusOf } from '../../../shared/domain/status.ts';
import { TERMINAL_STATES, type Upload } from '../../../shared/domain/upload.ts';
import { seenIn, statusAnswer } from '../../../shared/lambda/status-answer.ts';
import type { StatusAnswer } from '../../../shared/usecases/read-status.ts';
import { awaiting, ended, processing, T0 } from '../../support/factories.ts';

const answerFor = (upload: Upload, marks: StepMarks = {}): StatusAnswer => {
  const ready = readyOf(documentOf(upload));
  const running = runningIn(ready, marks);
  const { rev, state, updatedAt, json } = ready;
  return {
    ...{ rev, state, updatedAt, running },
    tag: tagOf(rev, running),
    json: () => json,
    source: 'cache',
  };
};
const marked = (startedAt: number): StepMarks => ({
  one: { generation: 1, startedAt, attempt: 1 },
});

describe('the answer to a poll', () => {
  it('has the revision as its strong ETag, and where it came from', () => {
    const upload = processing({ rev: 7 });

    const { json, ...answer } = statusAnswer(answerFor(upload), [], T0);

    expect(answer).toEqual({
      status: 200,
      headers: { etag: '"7"', 'x-status-source': 'cache', 'retry-after': '1' },
    });
    expect(JSON.parse(json ?? '')).toEqual(JSON.parse(JSON.stringify(statusOf(upload))));
  });

  it('is 304 when nothing changed, and makes no JSON for it', () => {
    const unmade = (): never => {
      throw new Error('Nobody needs it.');
    };
    const answer = { ...answerFor(processing({ rev: 7 })), json: unmade };

    expect(statusAnswer(answer, seenIn('"7"'), T0)).toEqual({
      status: 304,
      headers: { etag: '"7"', 'x-status-source': 'cache', 'retry-after': '1' },
    });
  });

  it('is whole when a step began to run, and its ETag still tells the revision', () => {
    const answer = answerFor(processing({ rev: 7 }), marked(T0));

    const { status, headers } = statusAnswer(answer, seenIn('"7"'), T0);
    const [tag = ''] = seenIn(headers?.etag);

    expect(status).toBe(200);
    expect(tag).not.toBe('7');
    expect(revIn(tag)).toBe(7);
    expect(statusAnswer(answer, seenIn(headers?.etag), T0).status).toBe(304);
  });

  it.each([
    undefined,
    '"6"',
    '7',
    '"70"',
    '""',
    'W/"6"',
    '"7',
    '"5", "6"',
    `"7"${' '.repeat(1_100)}`,
  ])('is whole for %j', (ifNoneMatch) => {
    const answer = answerFor(processing({ rev: 7 }));

    expect(statusAnswer(answer, seenIn(ifNoneMatch), T0).status).toBe(200);
  });

  it.each(['"7"', 'W/"7"', '"6", "7"', '*', ' * '])('is 304 for %j', (ifNoneMatch) => {
    const answer = answerFor(processing({ rev: 7 }));

    expect(statusAnswer(answer, seenIn(ifNoneMatch), T0).status).toBe(304);
  });

  it.each(['', 'abc', '7-', '-7', '7-1_', '1234567890123456', '7 '])(
    'takes no revision from %j',
    (tag) => {
      expect(revIn(tag)).toBe(0);
    },
  );

  it.each([awaiting(), processing()])('says when to ask again while it is live', (upload) => {
    expect(statusAnswer(answerFor(upload), [], T0).headers).toHaveProperty('retry-after');
  });

  it.each(TERMINAL_STATES)('does not say so once it is %s', (state) => {
    expect(statusAnswer(answerFor(ended(state)), [], T0).headers).not.toHaveProperty('retry-after');
  });

  const retryAfter = (answer: StatusAnswer, seconds: number) =>
    statusAnswer(answer, [], T0 + seconds * 1000).headers?.['retry-after'];

  it.each([
    [-5, '1'],
    [0, '1'],
    [5, '1'],
    [10, '2'],
    [60, '12'],
    [150, '30'],
    [100_000, '30'],
  ])('after %i seconds without news says to wait for %s', (idleSeconds, expected) => {
    const queued = answerFor(processing({ updatedAt: T0 }));
    const waiting = answerFor(awaiting({ updatedAt: T0 }));

    expect(retryAfter(queued, idleSeconds)).toBe(expected);
    expect(retryAfter(waiting, idleSeconds)).toBe(expected);
  });

  it.each([
    [90, 90, '1'],
    [90, 100, '2'],
    [90, 10_000, '5'],
    [-90, 10, '2'],
  ])(
    'asks soon while a step is being worked at: begun at %i s, asked at %i s, in %s s',
    (begunSeconds, atSeconds, expected) => {
      const answer = answerFor(processing({ updatedAt: T0 }), marked(T0 + begunSeconds * 1000));

      expect(retryAfter(answer, atSeconds)).toBe(expected);
    },
  );
});
