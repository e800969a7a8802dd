/** Uploads, versions and messages as tests need them: valid by default, each part replaceable. */
import type { LaneMessage } from '../../shared/contracts/messages.ts';
import type { ObjectVersion } from '../../shared/domain/object-version.ts';
import type {
  Outcomes,
  Plan,
  PlannedStep,
  StepFailed,
  StepSkipped,
  StepSucceeded,
} from '../../shared/domain/plan.ts';
import {
  type AwaitingUpload,
  type Cause,
  type EndedUpload,
  newUpload,
  type ProcessingUpload,
} from '../../shared/domain/upload.ts';

/** 2026-01-01T00:00:00Z, where the memory clock starts too. */
export const T0 = Date.UTC(2026, 0, 1);
export const MINUTE = 60_000;

export const TENANT = 'acme';
export const OWNER = 'ann';
export const UPLOAD_ID = 'upl_0123456789abcdefghjkmnpqrs';
export const UPLOADS_BUCKET = 'uploads';

export const cause = (overrides: Partial<Cause> = {}): Cause => ({
  requestId: 'request-1',
  attempt: 1,
  ...overrides,
});

export const step = (name: string, overrides: Partial<PlannedStep> = {}): PlannedStep => ({
  name,
  version: 1,
  lane: 'light',
  needs: [],
  ...overrides,
});

export const plan = (...names: readonly string[]): Plan => names.map((name) => step(name));

export const succeeded = (overrides: Partial<StepSucceeded> = {}): StepSucceeded => ({
  state: 'succeeded',
  at: T0,
  attempt: 1,
  durationMs: 5,
  requestId: 'request-1',
  result: { ok: true },
  files: [],
  ...overrides,
});

export const failed = (overrides: Partial<StepFailed> = {}): StepFailed => ({
  state: 'failed',
  at: T0,
  attempt: 1,
  durationMs: 5,
  requestId: 'request-1',
  code: 'corrupt',
  message: 'The file is damaged.',
  ...overrides,
});

export const skipped = (overrides: Partial<StepSkipped> = {}): StepSkipped => ({
  ...failed({ code: 'dependency_failed' }),
  ...overrides,
  state: 'skipped',
});

export const objectVersion = (overrides: Partial<ObjectVersion> = {}): ObjectVersion => ({
  bucket: UPLOADS_BUCKET,
  key: `incoming/${TENANT}/${UPLOAD_ID}`,
  versionId: 'version-1',
  eTag: 'etag-1',
  size: 11,
  lastModified: T0,
  sequencer: '0010',
  ...overrides,
});

export const awaiting = (overrides: Partial<AwaitingUpload> = {}): AwaitingUpload => ({
  ...newUpload(
    {
      id: UPLOAD_ID,
      tenant: TENANT,
      owner: OWNER,
      declared: { name: 'hello.txt', size: 11, type: 'text/plain' },
      uploadDeadline: T0 + 15 * MINUTE,
      dueAt: T0 + 30 * MINUTE,
    },
    T0,
    cause(),
  ),
  ...overrides,
});

export const processing = (overrides: Partial<ProcessingUpload> = {}): ProcessingUpload => {
  const { uploadDeadline: _, ...upload } = awaiting();
  return {
    ...upload,
    rev: 2,
    generation: 1,
    object: objectVersion(),
    type: 'text/plain',
    plan: plan('one', 'two'),
    state: 'processing',
    startedAt: T0,
    dueAt: T0 + 20 * MINUTE,
    ...overrides,
  };
};

export const ended = (
  state: EndedUpload['state'],
  overrides: Partial<EndedUpload> = {},
): EndedUpload => {
  const { dueAt: _, drives: __, ...upload } = processing();
  return { ...upload, rev: 4, state, endedAt: T0 + MINUTE, ...overrides };
};

export const allSucceeded = (of: Plan): Outcomes =>
  Object.fromEntries(of.map(({ name }) => [name, succeeded()]));

export const laneMessage = (overrides: Partial<LaneMessage> = {}): LaneMessage => {
  const { bucket, key, versionId, eTag, size } = objectVersion();
  return {
    v: 1,
    kind: 'steps',
    uploadId: UPLOAD_ID,
    tenant: TENANT,
    generation: 1,
    object: { bucket, key, versionId, eTag, size },
    type: 'text/plain',
    steps: ['one'],
    results: {},
    ...overrides,
  };
};
