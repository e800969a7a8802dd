/** The S3 conformance suite: the real AWS clients against any endpoint that claims to be S3. */
import { describe } from 'vitest';
import type { S3Endpoint } from './s3-endpoint/endpoint.ts';
import { describeMultipart } from './s3-endpoint/multipart.ts';
import { describeObjects } from './s3-endpoint/objects.ts';
import { describePostPolicies } from './s3-endpoint/post-policies.ts';
import { describeSignatures } from './s3-endpoint/signatures.ts';
import { describeVersions } from './s3-endpoint/versions.ts';

export type { S3Endpoint } from './s3-endpoint/endpoint.ts';

/** Declares the suite. `open` is called once tests run, so the endpoint may be started in a hook. */
export const describeS3Endpoint = (name: string, open: () => S3Endpoint): void => {
  describe(`S3 at ${name}`, () => {
    describe('objects', () => describeObjects(open));
    describe('versions', () => describeVersions(open));
    describe('multipart uploads', () => describeMultipart(open));
    describe('signatures', () => describeSignatures(open));
    describe('POST policies', () => describePostPolicies(open));
  });
};
