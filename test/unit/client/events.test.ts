import { describe, expect, it } from 'vitest';
import type { ApiError } from '../../../client/errors.ts';
import { eventsIn, type HeardEvent } from '../../../client/event-lines.ts';
import { createSluice } from '../../../client/sluice.ts';
import { API, answerFetch, json, problem, type Sent, skipPauses, status } from './wire.ts';

const FOLLOW = 'https://follow.example';

const told = (state: string, rev: number): string =>
  `id: ${rev}-x\nevent: status\ndata: ${JSON.stringify(status(state, { rev }))}\n\n`;

/** `last`: what happens behind the pieces. */
const streamed = (pieces: readonly string[], last: 'ends' | 'breaks' | 'falls silent' = 'ends') => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      if (last === 'ends') controller.close();
    },
    pull(controller) {
      if (last === 'breaks') controller.error(new TypeError('terminated'));
      return new Promise(() => undefined);
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
};

/** As a real `fetch` does, the body ends with the request's signal. */
const untilAborted = ({ signal }: Sent, answer: Response): Response => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  answer.body?.pipeTo(writable, signal ? { signal } : {}).catch(() => undefined);
  return new Response(readable, answer);
};

const setup = (...answers: readonly ((sent: Sent) => Response)[]) => {
  const left = [...answers];
  const requests = answerFetch((sent) => {
    const answer = left.shift();
    return answer === undefined
      ? json(status('completed', { rev: 99 }), 200, { etag: '"99-x"' })
      : untilAborted(sent, answer(sent));
  });
  skipPauses();
  const sluice = createSluice({ url: API, followUrl: FOLLOW, session: 'secret' });
  const revs: number[] = [];
  const follow = () => sluice.follow('upl_1', { onChange: ({ rev }) => revs.push(rev) });
  return { requests, revs, follow, sluice };
};

const paths = (requests: readonly Sent[]) =>
  requests.map(({ url }) => `${url.host}${url.pathname}${url.search}`);

const HEARD = 'follow.example/uploads/upl_1/events';
const ASKED = 'api.example/uploads/upl_1';

describe('following by events', () => {
  it('hears each change once, in the session’s name, and asks nothing', async () => {
    const { requests, revs, follow } = setup(() =>
      streamed([
        told('awaiting_upload', 1),
        ': quiet\n\n',
        told('processing', 2),
        told('completed', 3),
      ]),
    );

    expect(await follow()).toMatchObject({ state: 'completed', rev: 3 });
    expect(revs).toEqual([1, 2, 3]);
    expect(paths(requests)).toEqual([HEARD]);
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer secret');
    expect(requests[0]?.headers.get('last-event-id')).toBeNull();
  });

  it('comes back with the last id, whether the line ended or broke', async () => {
    const { requests, revs, follow } = setup(
      () => streamed([told('processing', 1)], 'breaks'),
      () => streamed([told('processing', 2)]),
      () => streamed([told('completed', 3)]),
    );

    expect(await follow()).toMatchObject({ rev: 3 });
    expect(revs).toEqual([1, 2, 3]);
    expect(requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([
      null,
      '1-x',
      '2-x',
    ]);
  });

  it.each([
    ['too many listen', () => problem(429, 'too_many_requests', { 'retry-after': '9' })],
    ['nobody is there', () => problem(502, 'unavailable')],
    [
      'something else answers',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    ],
    ['the answer ends before it says anything', () => streamed([])],
    ['the answer is kept back somewhere', () => streamed([], 'falls silent')],
  ])('asks instead where %s', async (_, answer) => {
    const { requests, revs, follow } = setup(answer);

    expect(await follow()).toMatchObject({ rev: 99 });
    expect(paths(requests)).toEqual([HEARD, ASKED]);
    expect(revs).toEqual([99]);
  });

  it('asks with what it has heard when the line then falls silent for good', async () => {
    const { requests, follow } = setup(
      () => streamed([told('processing', 4)], 'falls silent'),
      () => streamed([], 'falls silent'),
    );

    expect(await follow()).toMatchObject({ rev: 99 });
    expect(paths(requests)).toEqual([HEARD, HEARD, `${ASKED}?wait=20`]);
    expect(requests.at(-1)?.headers.get('if-none-match')).toBe('"4-x"');
  });

  it('ends with a refusal that comes in the middle, by asking once more', async () => {
    const gone = `event: problem\ndata: ${JSON.stringify({ title: 'Gone.', status: 404, code: 'not_found' })}\n\n`;
    const { requests, follow } = setup(
      () => streamed([told('processing', 1), gone]),
      () => problem(404, 'not_found'),
    );

    const error = await follow().catch((thrown: ApiError) => thrown);

    expect(error).toMatchObject({ status: 404, code: 'not_found' });
    expect(requests.length).toBe(2);
  });

  it('stops when it is told to, and says why', async () => {
    const controller = new AbortController();
    const { sluice } = setup(() => streamed([told('processing', 1)], 'falls silent'));

    const following = sluice.follow('upl_1', {
      signal: controller.signal,
      onChange: () => controller.abort(new Error('enough')),
    });

    await expect(following).rejects.toThrow('enough');
  });

  it('asks whoever says how long to wait', async () => {
    const { requests, sluice } = setup();

    await sluice.follow('upl_1', { waitSeconds: 5 });

    expect(paths(requests)).toEqual([ASKED]);
  });
});

describe('reading events', () => {
  const read = async (pieces: readonly Uint8Array[]) => {
    let signs = 0;
    const heard: HeardEvent[] = [];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    const onSign = () => {
      signs += 1;
    };
    for await (const event of eventsIn(body, onSign)) heard.push(event);
    return { heard, signs };
  };

  it('finds the same events however the bytes are cut and the lines end', async () => {
    const text = `\uFEFFid: 1\r\nevent: status\r\ndata: ü€😀\r\n\r\n: quiet\n\ndata:a\ndata: b\n\nid\ndata\n\nid: 9\revent: end\rdata:  c\r\rdata: lost`;
    const bytes = new TextEncoder().encode(text);
    const expected = [
      { id: '1', event: 'status', data: 'ü€😀' },
      { id: '1', event: 'message', data: 'a\nb' },
      { id: '', event: 'message', data: '' },
      { id: '9', event: 'end', data: ' c' },
    ];

    for (const size of [1, 2, 3, 7, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const { heard, signs } = await read(pieces);
      expect(heard, `in pieces of ${size}`).toEqual(expected);
      expect(signs).toBe(pieces.length);
    }
  });
});
