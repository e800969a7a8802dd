import { describe, expect, it } from 'vitest';
import { createSluice } from '../../../client/sluice.ts';
import { API, answerFetch, json, problem, skipPauses, status } from './wire.ts';

const unchanged = () => new Response(null, { status: 304, headers: { 'retry-after': '1' } });
const at = (state: string, rev: number) => () =>
  json(status(state, { rev }), 200, { etag: `"${rev}"`, 'retry-after': '2' });

const setup = (...answers: readonly (() => Response)[]) => {
  const left = [...answers];
  const requests = answerFetch(() => (left.shift() ?? at('completed', 99))());
  skipPauses();
  return { requests, sluice: createSluice({ url: API, session: 'secret' }) };
};

describe('following an upload', () => {
  it('asks at once, then waits for each change with the tag of the last, until it has ended', async () => {
    const { requests, sluice } = setup(
      at('awaiting_upload', 1),
      unchanged,
      at('processing', 2),
      at('completed', 3),
    );
    const revs: number[] = [];

    const upload = await sluice.follow('upl_1', { onChange: ({ rev }) => revs.push(rev) });

    expect(upload).toMatchObject({ state: 'completed', rev: 3 });
    expect(revs).toEqual([1, 2, 3]);
    expect(requests.map(({ url }) => url.search)).toEqual(['', '?wait=20', '?wait=20', '?wait=20']);
    expect(requests.map(({ headers }) => headers.get('if-none-match'))).toEqual([
      null,
      '"1"',
      '"1"',
      '"2"',
    ]);
  });

  it('goes on where the API is away for a while', async () => {
    const { sluice } = setup(
      at('processing', 1),
      () => problem(503, 'unavailable'),
      () => problem(500, 'internal'),
      () => problem(429, 'unavailable'),
    );

    expect(await sluice.follow('upl_1')).toMatchObject({ state: 'completed' });
  });

  it('is given up after a named number of failures', async () => {
    const { requests, sluice } = setup(...Array(20).fill(() => problem(503, 'unavailable')));

    await expect(sluice.follow('upl_1')).rejects.toMatchObject({ status: 503 });
    expect(requests.length).toBe(9);
  });

  it('ends with what is gone', async () => {
    const { requests, sluice } = setup(at('processing', 1), () => problem(404, 'not_found'));

    await expect(sluice.follow('upl_1')).rejects.toMatchObject({ code: 'not_found' });
    expect(requests.length).toBe(2);
  });

  it('stops when it is told to, and says why', async () => {
    const controller = new AbortController();
    const { sluice } = setup(at('processing', 1));

    const following = sluice.follow('upl_1', {
      signal: controller.signal,
      onChange: () => controller.abort(new Error('enough')),
    });

    await expect(following).rejects.toThrow('enough');
  });
});
