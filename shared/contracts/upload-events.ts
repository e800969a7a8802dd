/** Every shape in which S3 may tell of an object. Unknown fields are let through: AWS adds some with each minor version. */
import * as z from 'zod';

/** One entry of `Records` in an S3 event notification, event structure version 2.x. */
export const s3EventRecord = z.object({
  eventVersion: z.string(),
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  eventTime: z.string().optional(),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      /** Form-url-encoded. */
      key: z.string().min(1),
      eTag: z.string().optional(),
      versionId: z.string().nullish(),
      sequencer: z.string().optional(),
    }),
  }),
});

export const s3TestEvent = z.object({ Event: z.literal('s3:TestEvent') });

export const recordsEnvelope = z.object({ Records: z.array(z.unknown()) });

/** The body of an SQS message that an SNS topic sent without raw delivery. */
export const snsBody = z.object({ Type: z.literal('Notification'), Message: z.string() });

/** One entry of `Records` when SNS invokes a function itself. */
export const snsRecord = z.object({
  EventSource: z.literal('aws:sns'),
  Sns: z.object({ Message: z.string() }),
});

/** An EventBridge event of S3. Here the key is raw, not encoded, and the field names differ. */
export const eventBridgeEvent = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.string(),
  time: z.string().optional(),
  detail: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z
      .object({
        key: z.string().min(1),
        etag: z.string().optional(),
        'version-id': z.string().optional(),
        sequencer: z.string().optional(),
      })
      .optional(),
  }),
});
