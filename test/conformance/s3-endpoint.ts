/** The S3 conformance suite: the real AWS clients against any endpoint that claims to be S3. */
import { describe } from 'vitest';
import { describeBuckets } from './s3-endpoint/buckets.ts';
import type { S3Endpoint } from './s3-endpoint/endpoint.ts';
import { describeLeftOut } from './s3-endpoint/left-out.ts';
import { describeMultipart } from './s3-endpoint/multipart.ts';
import { describeNotifications } from './s3-endpoint/notifications.ts';
import { describeObjects } from './s3-endpoint/objects.ts';
import { describePostPolicies } from './s3-endpoint/post-policies.ts';
import { describePresignedUrls } from './s3-endpoint/presigned-urls.ts';
import { describeSignatures } from './s3-endpoint/signatures.ts';
import { describeVersions } from './s3-endpoint/versions.ts';

export type { S3Endpoint } from './s3-endpoint/endpoint.ts';

interface SuiteOptions {
  /** Skips the chapter on notifications where no queue can be read. */
  readonly queuesReadable: boolean;
  /** Expects 501 of what the pipeline does not use, where a whole S3 would do it. */
  readonly partial: boolean;
}

/** Declares the suite. `open` is called once tests run, so the endpoint may be started in a hook. */
export const describeS3Endpoint = (
  name: string,
  open: () => S3Endpoint,
  { queuesReadable, partial }: SuiteOptions,
): void => {
  describe(`S3 at ${name}`, () => {
    describe('buckets', () => describeBuckets(open));
    describe('objects', () => describeObjects(open));
    describe('versions', () => describeVersions(open));
    describe('multipart uploads', () => describeMultipart(open));
    describe('signatures', () => describeSignatures(open));
    describe('presigned URLs', () => describePresignedUrls(open));
    describe('POST policies', () => describePostPolicies(open));
    describe.runIf(queuesReadable)('notifications', () => describeNotifications(open));
    describe.runIf(partial)('operations left out', () => describeLeftOut(open));
  });
};
