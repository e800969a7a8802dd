import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryLogger } from '../../../shared/adapters/memory/memory-logger.ts';
import { uploadPath } from '../../../shared/contracts/http.ts';
import { RequestError } from '../../../shared/domain/errors.ts';
import { createEventStreamHandler, type StreamEvent } from '../../../shared/lambda/event-stream.ts';
import { buffered, type StreamHead, streamed } from '../../../shared/lambda/response-stream.ts';
import { lastEventIn } from '../../../shared/lambda/status-events.ts';
import { verifierBy } from '../../../shared/usecases/verify-session.ts';
import { httpEvent, invocation } from '../../support/envelopes.ts';
import { CALLER } from '../../support/memory-world.ts';

type Events = (signal: AbortSignal, id: string) => AsyncIterable<StreamEvent>;

const event = (n: number): StreamEvent => ({ id: `${n}`, event: 'status', data: `{"n":${n}}` });
const PATH = '/uploads/upl_1/events';

const setup = (events: Events) => {
  const clock = createMemoryClock();
  const logs = createMemoryLogger();
  const sessions = verifierBy(async (token) => (token === 'valid' ? CALLER : undefined));
  const handler = createEventStreamHandler(
    { sessions, logger: logs, clock },
    {
      path: '/uploads/{id}/events',
      async *events(request, _caller, signal) {
        const { id } = request.path(uploadPath);
        yield* events(signal, id);
      },
    },
  );
  const ask = (overrides: Parameters<typeof httpEvent>[0] = {}) =>
    buffered(handler)(httpEvent({ path: PATH, ...overrides }), invocation());
  return { clock, logs, handler, ask };
};

const some: Events = async function* () {
  yield event(1);
  yield { comment: 'quiet' };
  yield event(2);
};

describe('a stream of events', () => {
  it('has every event in the words of the standard, and when to come back', async () => {
    const { statusCode, headers, body } = await setup(some).ask();

    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-store, no-transform',
      'x-content-type-options': 'nosniff',
    });
    expect(body).toBe(
      'retry: 1000\n\n' +
        'id: 1\nevent: status\ndata: {"n":1}\n\n' +
        ': quiet\n\n' +
        'id: 2\nevent: status\ndata: {"n":2}\n\n',
    );
  });

  it('is 204 when there is nothing to come back for', async () => {
    const { statusCode, body } = await setup(async function* () {}).ask();

    expect({ statusCode, body }).toEqual({ statusCode: 204, body: '' });
  });

  it('E1: is refused before anything else to whoever has no session', async () => {
    for (const headers of [{}, { authorization: 'Bearer other' }, { authorization: 'valid' }]) {
      const {
        statusCode,
        headers: answered,
        body,
      } = await setup(some).ask({
        headers: headers as Record<string, string>,
        path: '/nowhere',
      });

      expect(statusCode).toBe(401);
      expect(answered).toMatchObject({
        'content-type': 'application/problem+json',
        'www-authenticate': 'Bearer',
      });
      expect(JSON.parse(body ?? '')).toMatchObject({ code: 'unauthenticated' });
    }
  });

  it.each([
    ['GET', '/'],
    ['GET', '/uploads/upl_1'],
    ['GET', '/uploads//events'],
    ['GET', '/uploads/upl_1/events/more'],
    ['GET', '/uploads/upl_1/history'],
    ['POST', PATH],
  ])('is not found under %s %s', async (method, path) => {
    expect((await setup(some).ask({ method, path })).statusCode).toBe(404);
  });

  it('tells the route which upload', async () => {
    const { ask } = setup(async function* (_signal, id) {
      yield { id: '1', event: 'status', data: JSON.stringify(id) };
    });

    expect((await ask()).body).toContain('data: "upl_1"\n');
  });

  it.each([
    [new RequestError('not_found'), 404, 'not_found'],
    [new RequestError('unauthenticated'), 401, 'unauthenticated'],
    [new Error('of ours'), 500, 'internal'],
  ])('answers %s before the first event with its status', async (error, status, code) => {
    const { ask, logs } = setup(async function* () {
      yield await Promise.reject(error);
    });

    const { statusCode, body } = await ask();

    expect(statusCode).toBe(status);
    expect(JSON.parse(body ?? '')).toMatchObject({ code });
    expect(logs.lines().some(({ level }) => level === 'error')).toBe(status === 500);
  });

  it('says why there are no events also to whom it is said after the deadline', async () => {
    const { ask, clock } = setup(async function* (signal) {
      clock.tick(60_000);
      yield await once(signal, 'abort').then(() => Promise.reject(new RequestError('not_found')));
    });

    const { statusCode, body } = await ask();

    expect(statusCode).toBe(404);
    expect(JSON.parse(body ?? '')).toMatchObject({ code: 'not_found' });
  });

  it('says what went wrong in its midst by an event, and ends', async () => {
    const { ask } = setup(async function* () {
      yield event(1);
      throw new RequestError('not_found');
    });

    const { statusCode, body } = await ask();

    expect(statusCode).toBe(200);
    const [, data = ''] = /event: problem\ndata: (.+)\n\n$/.exec(body ?? '') ?? [];
    expect(JSON.parse(data)).toMatchObject({ code: 'not_found', status: 404 });
  });

  const endless: Events = async function* (signal) {
    yield event(1);
    if (!signal.aborted) await once(signal, 'abort');
  };

  it('ends by itself before the invocation would be ended', async () => {
    const { handler, clock } = setup(endless);
    const answering = buffered(handler)(httpEvent({ path: PATH }), {
      ...invocation(),
      getRemainingTimeInMillis: () => 120_000,
    });

    await clock.advance(116_999);
    let isOver = false;
    void answering.then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    await clock.advance(1);

    expect((await answering).body).toContain('id: 1\n');
    expect(clock.nextWakeAt()).toBeUndefined();
  });

  it('ends when the caller has gone', async () => {
    const { handler, clock } = setup(endless);
    const stream = new PassThrough();
    const answering = handler(httpEvent({ path: PATH }), () => stream, invocation());
    await once(stream, 'data');

    stream.destroy(new Error('gone'));
    await answering;

    expect(clock.nextWakeAt()).toBeUndefined();
  });

  it('waits for who is slow to read, and takes nothing more meanwhile', async () => {
    let made = 0;
    const { handler } = setup(async function* () {
      for (made = 1; made <= 50; made += 1) yield event(made);
    });
    const stream = new PassThrough({ highWaterMark: 16 });
    const answering = handler(httpEvent({ path: PATH }), () => stream, invocation());
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeLessThan(5);

    stream.resume();
    await answering;
    expect(made).toBe(51);
  });
});

describe('what a function exports', () => {
  it('is streamed where the platform streams, with the head before the first byte', async () => {
    const { handler } = setup(async function* () {});
    const written: (string | StreamHead)[] = [];
    class RuntimeStream extends Writable {
      override _write(chunk: Buffer, _encoding: string, done: () => void) {
        written.push(chunk.toString());
        done();
      }
    }
    // As the runtime does it: the head goes out with the first write, and an end alone writes nothing.
    const from = (stream: Writable, head: StreamHead) => {
      const { write } = stream;
      stream.write = ((...args: Parameters<Writable['write']>) => {
        if (written.length === 0) written.push(head);
        return write.apply(stream, args);
      }) as Writable['write'];
      return stream;
    };
    const marked = Symbol('streamed');
    Object.assign(globalThis, {
      awslambda: {
        streamifyResponse: (streaming: object) => Object.assign(streaming, { [marked]: true }),
        HttpResponseStream: { from },
      },
    });
    try {
      const exported = streamed(handler) as (...args: unknown[]) => Promise<void>;
      await exported(httpEvent({ path: PATH }), new RuntimeStream(), invocation());

      expect(Reflect.get(exported, marked)).toBe(true);
      expect(written[0]).toMatchObject({ statusCode: 204 });
    } finally {
      Reflect.deleteProperty(globalThis, 'awslambda');
    }
  });
});

describe('the last event that a client got', () => {
  it.each(['7', '7-1mkz0a'])('is %s', (id) => {
    expect(lastEventIn(id)).toEqual([id]);
  });

  it.each([undefined, '', '"7"', 'abc', '7-', '7\n8', `7-${'a'.repeat(25)}`])(
    'is none in %j',
    (id) => {
      expect(lastEventIn(id)).toEqual([]);
    },
  );
});
