/** Brings chosen files to the pipeline, a few at a time: digest, address, bytes. */
import { ApiError, TransferError } from '../client/errors.ts';
import type { Sluice } from '../client/sluice.ts';
import { digestOf, refusalOf } from './declare.ts';
import type { Phase } from './entry.ts';
import { createGate } from './gate.ts';
import { untilOnline } from './pause.ts';
import type { Memory } from './remembered.ts';
import type { Shelf } from './shelf.ts';

export interface SenderOptions {
  readonly api: Pick<Sluice, 'upload'>;
  readonly memory: Memory;
  readonly shelf: Shelf;
  /** The bytes are there. */
  readonly onSent: (id: string) => void;
  /** Its bytes will never come. */
  readonly onGivenUp: (id: string) => void;
}

export interface Sender {
  /** Never rejects: what goes wrong stands in the line. */
  send(key: string, file: File): void;
  cancel(key: string): void;
}

const FILES_AT_ONCE = 3;
const PROGRESS_EVERY_MS = 100;
/** Before that a speed says nothing. */
const MEASURED_AFTER_SECONDS = 0.5;

const cancelled = new TransferError('You cancelled this upload.');

/** Sentences of errors that are meant for people; all else is a mistake of this page. */
const sentenceOf = (error: unknown): string | undefined =>
  error instanceof TransferError || error instanceof ApiError ? error.message : undefined;

/** Bytes per second so far, told at most ten times a second. */
const createMeter = (tell: (phase: Phase) => void) => {
  const startedAt = performance.now();
  let toldAt = 0;
  return (sent: number) => {
    const now = performance.now();
    if (now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    const seconds = (now - startedAt) / 1_000;
    const bytesPerSecond = seconds < MEASURED_AFTER_SECONDS ? 0 : sent / seconds;
    tell({ kind: 'sending', sent, bytesPerSecond });
  };
};

export const createSender = (options: SenderOptions): Sender => {
  const { api, memory, shelf, onSent, onGivenUp } = options;
  const sending = new Map<string, AbortController>();
  const gate = createGate(FILES_AT_ONCE);

  /** A listing that was under way may have brought the same upload. */
  const adopt = (key: string, id: string) => {
    const twin = shelf.findUpload(id);
    if (twin !== undefined && twin.key !== key) shelf.remove(twin.key);
    shelf.change(key, { id, phase: { kind: 'sending', sent: 0, bytesPerSecond: 0 } });
  };

  const bring = async (key: string, file: File, signal: AbortSignal) => {
    await untilOnline(signal);
    shelf.change(key, { phase: { kind: 'preparing' } });
    const sha256 = await digestOf(file).catch((cause: unknown) => {
      throw new TransferError('The file cannot be read on this device.', { cause });
    });
    const status = await api.upload(file, {
      sha256,
      signal,
      onAnnounced: ({ upload: { id } }) => {
        memory.remember({ id, name: file.name, size: file.size, at: Date.now() });
        adopt(key, id);
      },
      onProgress: createMeter((phase) => shelf.change(key, { phase })),
    });
    shelf.change(key, { phase: { kind: 'following' }, status });
    onSent(status.id);
  };

  const stop = (key: string, reason: string) => {
    const { id } = shelf.find(key) ?? {};
    if (id !== undefined) onGivenUp(id);
    shelf.change(key, { id: undefined, status: undefined, phase: { kind: 'stopped', reason } });
  };

  return {
    send(key, file) {
      const refusal = refusalOf(file);
      if (refusal !== undefined) return stop(key, refusal);
      const controller = new AbortController();
      const { signal } = controller;
      sending.set(key, controller);
      gate
        .pass(() => bring(key, file, signal), signal)
        .catch((error: unknown) => {
          const sentence = sentenceOf(error);
          if (sentence === undefined) reportError(error);
          stop(key, sentence ?? 'Something on this page went wrong. Try again.');
        })
        .finally(() => sending.delete(key));
    },
    cancel: (key) => sending.get(key)?.abort(cancelled),
  };
};
