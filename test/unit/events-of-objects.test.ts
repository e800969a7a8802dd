/** Events that tell of objects, by whichever way they come. */
import { describe, expect, it } from 'vitest';
import { eventEntries } from '../../shared/lambda/upload-events.ts';
import { BUCKET, createFixtureWorld, fixture } from '../support/event-fixtures.ts';

const FIRST = '3HL4kqtJvjVBH40Nrjfkd2nQ1xY7aB0c';
const SECOND = 'UIORUnfndfiufdisojhr398493jfdkjF';
const THIRD = 'QUpfdndhfd8438MNFDN93jdnJFkdmqnh';

const at = (key: string, versionId: string, sequencer: string, bucket = BUCKET) => ({
  bucket,
  key: `incoming/dev/${key}`,
  versionId,
  sequencer,
});

const TOLD = {
  's3-put': [at('hello.txt', FIRST, '0066A1B2C3D4E5F601')],
  's3-put-encoded-key': [at('Q1 report + Übersicht 100%.csv', FIRST, '0066A1B2C3D4E5F610')],
  's3-multi-record': [
    at('first.txt', FIRST, '0066A1B2C3D4E5F620'),
    at('second.txt', SECOND, '0066A1B2C3D4E5F621'),
    at('third.txt', THIRD, '0066A1B2C3D4E5F622', 'somebody-elses-bucket'),
  ],
  's3-duplicate': [
    at('twice.txt', FIRST, '0066A1B2C3D4E5F630'),
    at('twice.txt', FIRST, '0066A1B2C3D4E5F630'),
  ],
  's3-newer-sequencer': [at('overwritten.txt', SECOND, '0066A1B2C3D4E5F641')],
  's3-stale-sequencer': [at('overwritten.txt', FIRST, '0066A1B2C3D4E5F64')],
  's3-multipart-complete': [at('large.bin', FIRST, '0066A1B2C3D4E5F650')],
  's3-delete-marker': ['ObjectRemoved:DeleteMarkerCreated'],
  's3-test-event': ['s3:TestEvent'],
  'eventbridge-object-created': [at('bridge + 100%.txt', FIRST, '0066a1b2c3d4e5f670')],
  'eventbridge-object-deleted': ['Object Deleted'],
} as const;

const told = (body: unknown) =>
  eventEntries(body).map((entry) => {
    if (entry.kind === 'invalid') return entry.error.code;
    return entry.kind === 'object' ? entry.notice : entry.reason;
  });

describe('an event that tells of objects', () => {
  it.each(Object.entries(TOLD))('%s tells of exactly these', (name, expected) => {
    expect(told(fixture(name))).toMatchObject(expected);
  });

  it.each(Object.entries(TOLD).filter(([name]) => name.startsWith('s3-')))(
    '%s tells of the same through SQS, and through SNS and SQS',
    (name, expected) => {
      for (const envelope of ['sqs', 'sns']) {
        const [message] = fixture(`${envelope}-${name}`).Records;

        expect(told(JSON.parse(message.body))).toMatchObject(expected);
      }
    },
  );

  it.each(Object.keys(TOLD))(
    '%s is done when it is handed to the function itself',
    async (name) => {
      const { run } = await createFixtureWorld();

      await expect(run(name)).resolves.toBeUndefined();
    },
  );

  it.each(['s3-put', 'sqs-s3-put', 'sns-s3-put'])(
    'A9: %s of an object that is not there ends its upload with a clear code',
    async (name) => {
      const { run, uploadOf } = await createFixtureWorld();

      await run(name);

      expect(await uploadOf('incoming/dev/hello.txt')).toMatchObject({
        state: 'failed',
        failure: { code: 'source_gone' },
      });
    },
  );

  it.each(['s3', 'sqs-s3', 'sns-s3'])(
    'A1: the same record twice makes one generation (%s)',
    async (kind) => {
      const { run, uploadOf } = await createFixtureWorld();

      await run(`${kind}-duplicate`);

      expect(await uploadOf('incoming/dev/twice.txt')).toMatchObject({ generation: 1 });
    },
  );

  it.each(['s3', 'sqs-s3', 'sns-s3'])(
    'A3: the stale sequencer after the newer one changes nothing (%s)',
    async (kind) => {
      const { run, uploadOf } = await createFixtureWorld();
      await run(`${kind}-newer-sequencer`);
      const row = await uploadOf('incoming/dev/overwritten.txt');

      await run(`${kind}-stale-sequencer`);

      expect(row).toMatchObject({ object: { versionId: SECOND } });
      expect(await uploadOf('incoming/dev/overwritten.txt')).toEqual(row);
    },
  );

  it('A13: three records make two uploads, and the foreign one none', async () => {
    const { run, store } = await createFixtureWorld();

    await run('sqs-s3-multi-record');

    expect(store.uploads().map(({ object }) => object?.key)).toEqual([
      'incoming/dev/first.txt',
      'incoming/dev/second.txt',
    ]);
  });
});
