import { describe, expect, it } from 'vitest';
import { groupAnswer } from '../../../shared/lambda/group-answer.ts';
import { seenRevIn } from '../../../shared/lambda/status-answer.ts';
import { groupDocumentOf } from '../../conformance/group-board.ts';

const { status } = groupDocumentOf('grp_1', 7);
const NOW = Date.parse(status.updatedAt);

describe('the answer to a poll of a group', () => {
  it('has a tag that tells the revision, and where it came from', () => {
    const answer = groupAnswer({ status, source: 'cache' }, undefined, NOW);

    expect(answer).toMatchObject({ status: 200, body: status });
    expect(answer.headers).toMatchObject({ 'x-status-source': 'cache', 'retry-after': '2' });
    expect(answer.headers?.etag).toMatch(/^"7-[0-9a-f]{12}"$/);
    expect(seenRevIn(answer.headers?.etag)).toBe(7);
  });

  it('is 304 without a body when nothing changed, and whole when anything did', () => {
    const { headers } = groupAnswer({ status, source: 'store' }, undefined, NOW);
    const other = { ...status, progress: 51 };

    const same = groupAnswer({ status, source: 'store' }, headers?.etag, NOW);

    expect(same).toMatchObject({ status: 304, headers: { etag: headers?.etag } });
    expect(same).not.toHaveProperty('body');
    expect(groupAnswer({ status: other, source: 'store' }, headers?.etag, NOW).status).toBe(200);
  });

  it.each([
    [0, '2'],
    [60_000, '12'],
    [3_600_000, '30'],
    [-60_000, '2'],
  ])('%i ms after the last change says to ask again in %s seconds', (idle, seconds) => {
    const { headers } = groupAnswer({ status, source: 'cache' }, undefined, NOW + idle);

    expect(headers?.['retry-after']).toBe(seconds);
  });

  it('asks nobody to come back once it has ended', () => {
    const over = { ...status, state: 'ended' } as const;

    expect(
      groupAnswer({ status: over, source: 'cache' }, undefined, NOW).headers,
    ).not.toHaveProperty('retry-after');
  });
});
