import { describe, expect, it } from 'vitest';
import { eventEntries } from '../../../shared/lambda/upload-events.ts';
import { type S3RecordOptions, s3Event, s3Record, snsBody } from '../../support/envelopes.ts';

const notice = (overrides: object = {}) => ({
  bucket: 'uploads',
  key: 'incoming/acme/a.txt',
  versionId: 'version-1',
  eTag: 'etag-1',
  sequencer: '0010',
  eventTime: Date.parse('2026-01-01T00:00:00.500Z'),
  ...overrides,
});

const eventBridge = (overrides: object = {}, object: object = {}) => ({
  version: '0',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  time: '2026-01-01T00:00:00Z',
  detail: {
    bucket: { name: 'uploads' },
    object: {
      key: 'incoming/acme/a.txt',
      size: 11,
      etag: 'etag-1',
      'version-id': 'version-1',
      sequencer: '0010',
      ...object,
    },
  },
  ...overrides,
});

const summary = (body: unknown) =>
  eventEntries(body).map((entry) => {
    if (entry.kind === 'object') return entry.notice;
    return entry.kind === 'ignored' ? entry.reason : entry.error.code;
  });

describe('an S3 notification', () => {
  it.each([
    'ObjectCreated:Put',
    'ObjectCreated:Post',
    'ObjectCreated:Copy',
    'ObjectCreated:CompleteMultipartUpload',
    's3:ObjectCreated:Put',
  ])('tells of an object by %s', (eventName) => {
    expect(summary(s3Event(s3Record({ eventName })))).toEqual([notice()]);
  });

  it.each([
    'ObjectRemoved:Delete',
    'ObjectRemoved:DeleteMarkerCreated',
    'LifecycleExpiration:Delete',
    'ObjectRestore:Completed',
    'ObjectTagging:Put',
    'ObjectAcl:Put',
    's3:IntelligentTiering:TransitionAccess',
    'ReducedRedundancyLostObject',
    'ObjectCreatedLookalike:Put',
  ])('A12: by %s is ignored with its name as the reason', (eventName) => {
    expect(summary(s3Event(s3Record({ eventName })))).toEqual([eventName]);
  });

  it.each<[string, S3RecordOptions, object]>([
    ['A5: without a sequencer', { sequencer: undefined }, { sequencer: undefined }],
    ['A5: with versionId null', { versionId: null }, { versionId: undefined }],
    ['A11: with a plus for a space', { key: 'incoming/acme/a+b' }, { key: 'incoming/acme/a b' }],
    ['A11: with an encoded plus', { key: 'incoming/acme/a%2Bb' }, { key: 'incoming/acme/a+b' }],
    ['A11: encoded twice, so decoded once', { key: 'a%2540b' }, { key: 'a%40b' }],
    ['A14: of a later minor version', { eventVersion: '2.6' }, {}],
  ])('%s is read', (_name, options, expected) => {
    expect(summary(s3Event(s3Record(options)))).toEqual([notice(expected)]);
  });

  it('A14: with fields that nobody knows is read', () => {
    const record = { ...s3Record(), somethingNew: { deep: [1] } };

    expect(summary({ ...s3Event(record), extra: true })).toEqual([notice()]);
  });

  it.each<[string, unknown]>([
    ['A14: of the next major version', s3Record({ eventVersion: '3.0' })],
    ['A14: of an earlier major version', s3Record({ eventVersion: '1.0' })],
    ['A14: of a version that only begins alike', s3Record({ eventVersion: '20' })],
    ['A11: with an undecodable key', s3Record({ key: 'incoming/%zz' })],
    ['without a key', s3Record({ key: '' })],
    ['from another source', { ...s3Record(), eventSource: 'aws:dynamodb' }],
    ['that is nothing', null],
    ['that is a text', 'record'],
  ])('A13: record %s is invalid', (_name, record) => {
    expect(summary(s3Event(record))).toEqual(['invalid_event']);
  });

  it('A12: without records tells of nothing', () => {
    expect(eventEntries(s3Event())).toEqual([]);
  });

  it('A13: with several records tells of each, in order, the bad ones too', () => {
    const event = s3Event(
      s3Record({ bucket: 'one' }),
      { nonsense: true },
      s3Record({ eventName: 'ObjectRemoved:Delete' }),
      s3Record({ bucket: 'two' }),
    );

    expect(summary(event)).toEqual([
      notice({ bucket: 'one' }),
      'invalid_event',
      'ObjectRemoved:Delete',
      notice({ bucket: 'two' }),
    ]);
  });

  it('A13: gives each entry a body that tells of it alone', () => {
    const event = s3Event(s3Record({ bucket: 'one' }), s3Record({ bucket: 'two' }));

    const alone = eventEntries(event).map((entry) => 'alone' in entry && summary(entry.alone));

    expect(alone).toEqual([[notice({ bucket: 'one' })], [notice({ bucket: 'two' })]]);
  });
});

describe('other envelopes', () => {
  it('A12: s3:TestEvent is ignored', () => {
    const body = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'uploads' };

    expect(summary(body)).toEqual(['s3:TestEvent']);
  });

  it('a notification in SNS in SQS is read', () => {
    expect(summary(snsBody(s3Event(s3Record())))).toEqual([notice()]);
  });

  it('A12: s3:TestEvent in SNS is ignored', () => {
    expect(summary(snsBody({ Event: 's3:TestEvent' }))).toEqual(['s3:TestEvent']);
  });

  it('a notification that SNS itself hands to the function is read', () => {
    const Message = JSON.stringify(s3Event(s3Record()));

    expect(summary({ Records: [{ EventSource: 'aws:sns', Sns: { Message } }] })).toEqual([
      notice(),
    ]);
  });

  it('A13: a bad notification from SNS does not hide the others', () => {
    const good = { EventSource: 'aws:sns', Sns: { Message: JSON.stringify(s3Event(s3Record())) } };
    const bad = { EventSource: 'aws:sns', Sns: { Message: 'Hello from SNS!' } };
    const foreign = { EventSource: 'aws:sns', Sns: { Message: '{"hello":"world"}' } };

    expect(summary({ Records: [bad, good, foreign] })).toEqual([
      'invalid_event',
      notice(),
      'invalid_event',
    ]);
  });

  it('A11: EventBridge spells the key as it is, so it is not decoded', () => {
    const key = 'incoming/acme/100%25+1.txt';
    const eventTime = Date.parse('2026-01-01T00:00:00Z');

    expect(summary(eventBridge({}, { key }))).toEqual([notice({ key, eventTime })]);
  });

  it.each(['Object Deleted', 'Object Tags Added', 'Object ACL Updated'])(
    'A12: EventBridge %s is ignored',
    (detailType) => {
      expect(summary(eventBridge({ 'detail-type': detailType }))).toEqual([detailType]);
    },
  );

  it('A5: EventBridge without version and sequencer is read', () => {
    const object = { 'version-id': undefined, sequencer: undefined };

    expect(summary(eventBridge({ time: undefined }, object))).toEqual([
      notice({ versionId: undefined, sequencer: undefined, eventTime: undefined }),
    ]);
  });

  it('what the sweep found is read, without a version', () => {
    const found = { v: 1, kind: 'found', bucket: 'uploads', key: 'incoming/acme/a.txt' };

    expect(summary(found)).toEqual([{ bucket: 'uploads', key: 'incoming/acme/a.txt' }]);
  });
});

describe('a foreign shape', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['a number', 7],
    ['a list', [s3Record()]],
    ['an empty object', {}],
    ['records that are no list', { Records: 'x' }],
    ['EventBridge of another service', { source: 'aws.ec2', 'detail-type': 'x', detail: {} }],
    ['a message to come', { v: 2, kind: 'found', bucket: 'uploads', key: 'a' }],
    ['SNS around something that is not JSON', { Type: 'Notification', Message: 'hello' }],
    ['SNS around something foreign', snsBody({ hello: 'world' })],
    ['an SNS subscription', { Type: 'SubscriptionConfirmation', Message: 'You have chosen …' }],
  ])('is refused as invalid_event: %s', (_name, body) => {
    expect(() => eventEntries(body)).toThrow(
      expect.objectContaining({ code: 'invalid_event', retryable: false }),
    );
  });

  it('nested in itself many times is refused without trouble', () => {
    let body: unknown = { hello: 'world' };
    for (let depth = 0; depth < 12; depth += 1) body = snsBody(body);

    expect(() => eventEntries(body)).toThrow(expect.objectContaining({ code: 'invalid_event' }));
  });
});
