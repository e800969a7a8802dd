/** Parts of the laptop S3 held to sources outside of it: AWS's published signatures and recorded events. */
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { authenticate } from '../../local/s3/auth/authenticate.ts';
import {
  encodeEventKey,
  eventRecord,
  type ObjectEvent,
} from '../../local/s3/notification-record.ts';
import { readRequest } from '../../local/s3/request.ts';
import { compareSequencers, createSequencerSource } from '../../local/s3/store/sequencer.ts';
import { parseXml } from '../../local/s3/xml.ts';

// The worked examples of "Authenticating Requests (AWS Signature Version 4)" in the S3 API reference.
const published = {
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  region: 'us-east-1',
};
const publishedAt = Date.parse('2013-05-24T00:00:00Z');
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const arriving = (url: string, headers: Record<string, string>) =>
  readRequest(
    {
      method: 'GET',
      url,
      rawHeaders: Object.entries(headers).flat(),
      socket: { remoteAddress: '127.0.0.1' },
    } as unknown as IncomingMessage,
    { requestId: 'r', hostId: 'h' },
  );

describe('signatures published by AWS', () => {
  const signedGet = (signature: string) =>
    arriving('/test.txt', {
      Host: 'examplebucket.s3.amazonaws.com',
      Range: 'bytes=0-9',
      'x-amz-content-sha256': emptySha256,
      'x-amz-date': '20130524T000000Z',
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=${signature}`,
    });
  const signature = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';

  it('pass in the header', () => {
    const { payload } = authenticate(signedGet(signature), published, publishedAt);

    expect(payload).toEqual({ kind: 'hashed', sha256: emptySha256 });
  });

  it('fail with one digit changed', () => {
    const changed = signature.replace('f0e8', 'f0e9');

    expect(() => authenticate(signedGet(changed), published, publishedAt)).toThrow(
      'The request signature we calculated does not match',
    );
  });

  it('pass in the query, until a day later', () => {
    const url =
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = arriving(url, { Host: 'examplebucket.s3.amazonaws.com' });

    expect(authenticate(request, published, publishedAt + 86_400_000).payload).toEqual({
      kind: 'unsigned',
    });
    expect(() => authenticate(request, published, publishedAt + 86_400_001)).toThrow(
      'Request has expired',
    );
  });
});

describe('sequencers', () => {
  it('grow when the clock stands still or steps back, and vary in length', () => {
    const times = [1000, 1000, 1001, 5, 1001, 2 ** 40, 7, 8];
    const source = createSequencerSource(() => times.shift() ?? 9);

    const made = Array.from({ length: 600 }, () => source.next());

    for (const [at, sequencer] of made.slice(1).entries()) {
      expect(compareSequencers(made[at] ?? '', sequencer)).toBe(-1);
    }
    expect(new Set(made.map(({ length }) => length)).size).toBeGreaterThan(1);
  });

  it('go on above what an earlier run has written', () => {
    const earlier = createSequencerSource(() => 5000);
    const seen = Array.from({ length: 300 }, () => earlier.next());
    const source = createSequencerSource(() => 4000);

    for (const sequencer of seen) source.raiseAbove(sequencer);

    expect(compareSequencers(source.next(), seen.at(-1) ?? '')).toBe(1);
  });

  it('compare as if padded with zeros', () => {
    expect(compareSequencers('0055AE', '0055AE0000')).toBe(0);
    expect(compareSequencers('0055AE', '0055AE0001')).toBe(-1);
    expect(compareSequencers('0055AF', '0055AE0001')).toBe(1);
  });
});

describe('event keys', () => {
  it('decode to the key when a consumer reads + as a blank', () => {
    for (const key of ['a b+c', 'ü/日本 語.txt', "~!'()*-_.", '100%', 'a&b=c?d#e']) {
      const decoded = decodeURIComponent(encodeEventKey(key).replaceAll('+', ' '));
      expect(decoded).toBe(key);
    }
  });
});

describe('XML documents', () => {
  it('are refused with a document type, broken, or with another root', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><Delete><Key>&b;</Key></Delete>';

    for (const source of [bomb, '<Delete><Key></Delete>', '<Other/>', '', 'text']) {
      expect(() => parseXml(source, 'Delete')).toThrow('The XML you provided');
    }
  });
});

const recorded = new URL(
  '../../../shared/aws-events/s3/localstack-recorded__versioned-put-put-deletemarker-deleteversion.json',
  import.meta.url,
);

describe.skipIf(!existsSync(recorded))('records beside those recorded from AWS', () => {
  const version: ObjectEvent['version'] = {
    key: 'test-key',
    versionId: 'v',
    sequencer: '0055',
    lastModified: 0,
    deleteMarker: false,
    size: 13,
    etag: 'e',
    checksum: undefined,
    headers: [],
    metadata: [],
  };
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .map(([name, inner]) => [name, shape(inner)] as const)
            .sort(([one], [other]) => (one < other ? -1 : 1)),
        )
      : typeof value;

  it('have the same fields for put, delete and delete marker', () => {
    const { Records } = JSON.parse(readFileSync(recorded, 'utf8')) as {
      Records: { eventName: ObjectEvent['eventName'] }[];
    };
    expect(Records).toHaveLength(4);
    for (const theirs of Records) {
      const ours = eventRecord(
        {
          bucket: 'b',
          eventName: theirs.eventName,
          version,
          sequencer: '0055',
          versioned: true,
          origin: { requestId: 'r', hostId: 'h', sourceIp: '127.0.0.1' },
          at: 0,
        },
        'configuration',
        'eu-central-1',
      );
      expect(shape(ours)).toEqual(shape(theirs));
    }
  });
});
