import { describe, expect, it } from 'vitest';
import { statusOf } from '../../../shared/domain/status.ts';
import { TERMINAL_STATES } from '../../../shared/domain/upload.ts';
import { statusAnswer } from '../../../shared/lambda/status-answer.ts';
import { awaiting, ended, processing } from '../../support/factories.ts';

describe('the answer to a poll', () => {
  it('has the revision as its ETag, and where it came from', () => {
    const status = statusOf(processing({ rev: 7 }));

    expect(statusAnswer({ status, source: 'cache' }, undefined)).toEqual({
      status: 200,
      headers: { etag: '"7"', 'x-status-source': 'cache', 'retry-after': '1' },
      body: status,
    });
  });

  it('is 304 without a body when nothing changed', () => {
    const status = statusOf(processing({ rev: 7 }));

    const answer = statusAnswer({ status, source: 'store' }, '"7"');

    expect(answer).toMatchObject({ status: 304, headers: { etag: '"7"' } });
    expect(answer).not.toHaveProperty('body');
  });

  it.each([undefined, '"6"', '7', '"70"', '""', 'W/"6"'])('is whole for %j', (ifNoneMatch) => {
    const status = statusOf(processing({ rev: 7 }));

    expect(statusAnswer({ status, source: 'cache' }, ifNoneMatch).status).toBe(200);
  });

  it.each([awaiting(), processing()])('says when to ask again while it is live', (upload) => {
    const { headers } = statusAnswer({ status: statusOf(upload), source: 'cache' }, undefined);

    expect(headers).toHaveProperty('retry-after');
  });

  it.each(TERMINAL_STATES)('does not say so once it is %s', (state) => {
    const { headers } = statusAnswer(
      { status: statusOf(ended(state)), source: 'cache' },
      undefined,
    );

    expect(headers).not.toHaveProperty('retry-after');
  });
});
