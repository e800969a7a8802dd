import { describe, expect, it } from 'vitest';
import { statusOf } from '../../../shared/domain/status.ts';
import { TERMINAL_STATES } from '../../../shared/domain/upload.ts';
import { seenRevIn, statusAnswer } from '../../../shared/lambda/status-answer.ts';
import { awaiting, ended, processing, T0 } from '../../support/factories.ts';

describe('the answer to a poll', () => {
  it('has the revision as its ETag, and where it came from', () => {
    const status = statusOf(processing({ rev: 7 }));

    expect(statusAnswer({ status, source: 'cache' }, undefined, T0)).toEqual({
      status: 200,
      headers: { etag: '"7"', 'x-status-source': 'cache', 'retry-after': '1' },
      body: status,
    });
  });

  it('is 304 without a body when nothing changed', () => {
    const status = statusOf(processing({ rev: 7 }));

    const answer = statusAnswer({ status, source: 'store' }, '"7"', T0);

    expect(answer).toMatchObject({ status: 304, headers: { etag: '"7"' } });
    expect(answer).not.toHaveProperty('body');
  });

  it('is whole when a step began to run, and its ETag still tells the revision', () => {
    const queued = statusOf(processing({ rev: 7 }));
    const steps = queued.steps.map((step) => ({
      ...step,
      state: 'running' as const,
      startedAt: new Date(T0).toISOString(),
    }));
    const status = { ...queued, steps };

    const answer = statusAnswer({ status, source: 'cache' }, '"7"', T0);
    const etag = answer.headers?.etag;

    expect(answer.status).toBe(200);
    expect(etag).not.toBe('"7"');
    expect(seenRevIn(etag)).toBe(7);
    expect(statusAnswer({ status, source: 'cache' }, etag, T0).status).toBe(304);
  });

  it.each([undefined, '"6"', '7', '"70"', '""', 'W/"6"'])('is whole for %j', (ifNoneMatch) => {
    const status = statusOf(processing({ rev: 7 }));

    expect(statusAnswer({ status, source: 'cache' }, ifNoneMatch, T0).status).toBe(200);
  });

  it.each([awaiting(), processing()])('says when to ask again while it is live', (upload) => {
    const { headers } = statusAnswer({ status: statusOf(upload), source: 'cache' }, undefined, T0);

    expect(headers).toHaveProperty('retry-after');
  });

  it.each(TERMINAL_STATES)('does not say so once it is %s', (state) => {
    const { headers } = statusAnswer(
      { status: statusOf(ended(state)), source: 'cache' },
      undefined,
      T0,
    );

    expect(headers).not.toHaveProperty('retry-after');
  });

  const retryAfter = (upload: Parameters<typeof statusOf>[0], idleSeconds: number) =>
    statusAnswer({ status: statusOf(upload), source: 'cache' }, undefined, T0 + idleSeconds * 1000)
      .headers?.['retry-after'];

  it.each([
    [-5, '1'],
    [0, '1'],
    [5, '1'],
    [10, '2'],
    [60, '12'],
    [150, '30'],
    [100_000, '30'],
  ])('after %i seconds without news says to wait for %s', (idleSeconds, expected) => {
    expect(retryAfter(processing({ updatedAt: T0 }), idleSeconds)).toBe(expected);
    expect(retryAfter(awaiting({ updatedAt: T0 }), idleSeconds)).toBe(expected);
  });

  it('says to ask soon while a step is being worked at', () => {
    const status = statusOf(processing({ updatedAt: T0 }));
    const [first, ...rest] = status.steps;
    const running = { ...status, steps: [{ ...first!, state: 'running' as const }, ...rest] };

    const { headers } = statusAnswer({ status: running, source: 'cache' }, undefined, T0 + 90_000);

    expect(headers?.['retry-after']).toBe('1');
  });
});
