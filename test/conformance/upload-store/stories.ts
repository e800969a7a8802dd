/** Uploads in every state, and the small tools the chapters of the upload-store suite share. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { crockford } from '../../../shared/adapters/crockford.ts';
import type { StepOutcome } from '../../../shared/domain/plan.ts';
import {
  type Transition,
  transition,
  type UploadEvent,
} from '../../../shared/domain/transition.ts';
import { type AwaitingUpload, newUpload, type Upload } from '../../../shared/domain/upload.ts';
import type { UploadStore } from '../../../shared/ports/upload-store.ts';

export const AT = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
const cause = { requestId: 'request-1', attempt: 1 };

export const uploadId = (): string => `upl_${crockford(randomBytes(16))}`;
export const anyOwner = () => ({ tenant: 'dev', owner: `owner ${crockford(randomBytes(16))}` });

export const awaiting = (overrides: Partial<AwaitingUpload> = {}): AwaitingUpload => ({
  ...newUpload(
    {
      id: uploadId(),
      ...anyOwner(),
      declared: { name: 'Bericht #1 "größer".csv', size: 12, type: 'text/csv' },
      uploadDeadline: AT + 900_000,
      dueAt: AT + 1_800_000,
    },
    AT,
    cause,
  ),
  ...overrides,
});

export const next = (upload: Upload, event: UploadEvent, at = AT + 1_000): Upload => {
  const answer: Transition = transition(upload, event, { at, cause });
  if ('refused' in answer) throw new Error(`The test's own upload refused: ${answer.refused}`);
  return answer.next;
};

const step = (name: string) => ({ name, version: 1, lane: 'light', needs: [] }) as const;

const object = (key: string) => ({
  bucket: 'uploads',
  key,
  versionId: 'v1',
  eTag: '0cc175b9c0f1b6a831c399e269772661',
  size: 12,
  lastModified: AT,
  sequencer: '0066F1',
});

export const processing = (upload: Upload = awaiting()): Upload =>
  next(upload, {
    type: 'object_accepted',
    object: object(`incoming/dev/${upload.id}`),
    detectedType: 'text/csv',
    plan: [step('digest'), step('profile')],
  });

const decided = { at: AT + 2_000, attempt: 1, durationMs: 17, requestId: 'request-2' };

export const succeeded = (result: unknown): StepOutcome => ({
  ...decided,
  state: 'succeeded',
  result,
  files: [{ name: 'a.json', key: 'results/x', size: 3, contentType: 'application/json' }],
});

export const failed: StepOutcome = {
  ...decided,
  state: 'failed',
  code: 'corrupt',
  message: 'The file is damaged.',
};

export const outcomesOf = (upload: Upload, outcomes: Record<string, StepOutcome>) => ({
  uploadId: upload.id,
  generation: upload.generation,
  outcomes,
  at: AT + 2_000,
  dueAt: AT + 5_000,
});

export const put = async (store: UploadStore, ...uploads: readonly Upload[]): Promise<void> => {
  for (const upload of uploads) {
    expect(await store.put(upload)).toEqual({ kind: 'written' });
  }
};

/** Two rows on the way: just made, and being processed. */
export const startProcessing = async (store: UploadStore): Promise<Upload> => {
  const made = awaiting();
  const started = processing(made);
  await put(store, made, started);
  return started;
};
