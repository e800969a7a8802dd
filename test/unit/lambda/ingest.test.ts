import { describe, expect, it } from 'vitest';
import { idOfObject } from '../../../shared/adapters/object-id.ts';
import { createIngestHandler } from '../../../shared/lambda/ingest.ts';
import { invocation, s3Event, s3Record, snsBody, sqsBatch } from '../../support/envelopes.ts';
import { UPLOADS_BUCKET } from '../../support/factories.ts';
import { createMemoryWorld } from '../../support/memory-world.ts';

const setup = () => {
  const world = createMemoryWorld({ losesEvents: true });
  const handler = createIngestHandler(world.deps);
  const run = (event: object) => handler(event, invocation());
  /** Puts an object and gives its record, as S3 would send it. */
  const recordOf = (key: string) => {
    world.put(key, 'hello');
    const { versionId, eTag, sequencer } = world.objects.versions(key).at(-1)!;
    return s3Record({ key: encodeURIComponent(key), versionId, eTag, sequencer });
  };
  const stateOf = async (key: string) =>
    (await world.store.find(idOfObject(UPLOADS_BUCKET, key)))?.state;
  return { ...world, run, recordOf, stateOf };
};

const KEY = 'incoming/acme/a file+more.txt';

describe('ingest', () => {
  it.each<[string, (record: object) => object]>([
    ['an S3 notification', (record) => s3Event(record)],
    ['the same in SQS', (record) => sqsBatch([s3Event(record)])],
    ['the same in SNS in SQS', (record) => sqsBatch([snsBody(s3Event(record))])],
    [
      'the same from SNS',
      (record) => ({
        Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(s3Event(record)) } }],
      }),
    ],
  ])('A11: starts the upload of %s', async (_name, wrap) => {
    const { run, recordOf, stateOf } = setup();

    await run(wrap(recordOf(KEY)));

    expect(await stateOf(KEY)).toBe('processing');
  });

  it('A13: fails only the bad message of a batch', async () => {
    const { run, recordOf, stateOf } = setup();

    const answer = await run(sqsBatch(['not json', s3Event(recordOf(KEY)), { hello: 'world' }]));

    expect(answer).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }, { itemIdentifier: 'message-3' }],
    });
    expect(await stateOf(KEY)).toBe('processing');
  });

  it.each([
    ['s3:TestEvent', { Event: 's3:TestEvent' }],
    ['a notification without records', { Records: [] }],
    ['a deletion', s3Event(s3Record({ eventName: 'ObjectRemoved:Delete' }))],
  ])('A12: is done with %s and starts nothing', async (_name, event) => {
    const { run, store } = setup();

    expect(await run(event)).toBeUndefined();
    expect(store.uploads()).toEqual([]);
  });

  it.each([
    ['a foreign event', { hello: 'world' }],
    ['an event of the next major version', s3Event(s3Record({ eventVersion: '3.0' }))],
  ])('fails clearly by itself on %s', async (_name, event) => {
    const { run } = setup();

    await expect(run(event)).rejects.toMatchObject({
      code: 'invalid_event',
      message: expect.stringContaining('not a shape that this version understands'),
    });
  });

  it('leaves no timer behind, whether it worked or not', async () => {
    const { run, clock } = setup();

    await run({ Event: 's3:TestEvent' });
    await run({ hello: 'world' }).catch(() => undefined);

    expect(clock.nextWakeAt()).toBeUndefined();
  });
});
