import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { createIngestBody } from '../../../shared/lambda/ingest-body.ts';
import { s3Event, s3Record, snsBody } from '../../support/envelopes.ts';
import { createMemoryWorld, type WorldOptions } from '../../support/memory-world.ts';

const record = (key: string) => s3Record({ key });
const BAD = { nonsense: true };

const setup = (failingKeys: readonly string[] = [], options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  const ingested: string[] = [];
  const ingestBody = createIngestBody({
    queue: world.deps.queue,
    ingestObject: async ({ key }) => {
      if (failingKeys.includes(key)) throw new RetryableError('storage_unavailable');
      ingested.push(key);
      return { kind: 'started', uploadId: key };
    },
  });
  const ingest = (body: unknown) => ingestBody(body, world.meta());
  return { ...world, ingest, ingested };
};

describe('a body with one record', () => {
  it('is done when its object is ingested', async () => {
    const { ingest, ingested } = setup();

    await ingest(s3Event(record('a')));

    expect(ingested).toEqual(['a']);
  });

  it('fails as its object fails, so that it comes back itself', async () => {
    const { ingest, bodies } = setup(['a']);

    await expect(ingest(s3Event(record('a')))).rejects.toMatchObject({ retryable: true });
    expect(bodies('upload-events')).toEqual([]);
  });

  it('fails as invalid_event when it is nothing of ours', async () => {
    const { ingest } = setup();

    await expect(ingest(s3Event(BAD))).rejects.toMatchObject({ code: 'invalid_event' });
  });

  it('A12: that is ignored says why in one line', async () => {
    const { ingest, logs } = setup();

    await ingest(s3Event(s3Record({ eventName: 'ObjectRemoved:Delete' })));

    expect(logs.lines()).toMatchObject([
      { level: 'info', message: 'event ignored', reason: 'ObjectRemoved:Delete' },
    ]);
  });
});

describe('a body with several records', () => {
  it('A13: ingests the good ones and sends each bad one again as a message of its own', async () => {
    const { ingest, ingested, bodies } = setup(['b']);

    await ingest(s3Event(record('a'), record('b'), BAD, record('c')));

    expect(ingested).toEqual(['a', 'c']);
    expect(bodies('upload-events')).toHaveLength(2);
    expect(bodies('upload-events')).toEqual(
      expect.arrayContaining([s3Event(record('b')), s3Event(BAD)]),
    );
  });

  it('A13: sends nothing again when all went well', async () => {
    const { ingest, ingested, bodies } = setup();

    await ingest(snsBody(s3Event(record('a'), record('b'))));

    expect(ingested).toEqual(['a', 'b']);
    expect(bodies('upload-events')).toEqual([]);
  });

  it('A13: comes back whole when the bad ones cannot be sent again', async () => {
    const { ingest } = setup(['b'], {
      queue: () => ({
        send: async () => {
          throw new RetryableError('queue_unavailable');
        },
      }),
    });

    const ingested = ingest(s3Event(record('a'), record('b')));

    await expect(ingested).rejects.toMatchObject({ code: 'queue_unavailable' });
  });

  it('A13: that was split is bad alone the next time, so it reaches the dead letters by itself', async () => {
    const { ingest, bodies } = setup(['b']);
    await ingest(s3Event(record('a'), record('b')));
    const [alone] = bodies('upload-events');

    await expect(ingest(alone)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});

describe('a body of which nothing could be ingested', () => {
  it('B10: is refused as invalid_event when no record of it is ours', async () => {
    const { ingest, bodies } = setup();

    await expect(ingest(s3Event(BAD, BAD))).rejects.toMatchObject({ code: 'invalid_event' });
    expect(bodies('upload-events')).toEqual([]);
  });

  it('A13: comes back itself while one of its records may still pass', async () => {
    const { ingest, bodies } = setup(['b']);

    const ingested = ingest(s3Event(BAD, record('b')));

    await expect(ingested).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(bodies('upload-events')).toEqual([]);
  });
});

describe('a body without records', () => {
  it('A12: is done, and says so', async () => {
    const { ingest, logs } = setup();

    await ingest(s3Event());

    expect(logs.lines()).toMatchObject([{ message: 'event ignored', reason: 'no records' }]);
  });
});
