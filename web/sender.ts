/** Brings chosen files to the pipeline, a few at a time: digest, address, bytes. */
import { type Api, ApiError, type Declared } from './api.ts';
import { declare, refusalOf } from './declare.ts';
import type { Phase } from './entry.ts';
import { createGate } from './gate.ts';
import { pause, untilOnline } from './pause.ts';
import type { Memory } from './remembered.ts';
import type { Shelf } from './shelf.ts';
import { type Transfer, TransferError } from './transfer.ts';

export interface SenderOptions {
  readonly api: Pick<Api, 'create'>;
  readonly memory: Memory;
  readonly transfer: Transfer;
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

/** How long to wait before a refused or lost announcement is tried again. */
const PAUSES_MS = [1_000, 4_000, 10_000] as const;

/** Random enough for a key, and there on every origin, as `crypto.randomUUID` is not. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');

const isPassing = ({ status }: ApiError): boolean =>
  status === 0 || status === 429 || status >= 500;

/** Announces the file; an API that is away for a moment is asked again, for the same upload. */
const announce = async (api: Pick<Api, 'create'>, file: Declared, signal: AbortSignal) => {
  const key = newKey();
  for (const pauseMs of PAUSES_MS) {
    try {
      return await api.create(file, key, signal);
    } catch (error) {
      if (!(error instanceof ApiError && isPassing(error))) throw error;
      await pause(Math.max(pauseMs, (error.retryAfterSeconds ?? 0) * 1_000), signal);
      await untilOnline(signal);
    }
  }
  return api.create(file, key, signal);
};

const cancelled = new TransferError('You cancelled this upload.', false);

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
  const { api, memory, transfer, shelf, onSent, onGivenUp } = options;
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
    const declared = await declare(file).catch((cause: unknown) => {
      throw new TransferError('The file cannot be read on this device.', false, { cause });
    });
    const created = await announce(api, declared, signal);
    const { id } = created.upload;
    memory.remember({ id, name: declared.name, size: file.size, at: Date.now() });
    adopt(key, id);
    const onProgress = createMeter((phase) => shelf.change(key, { phase }));
    await transfer(file, created, { signal, onProgress });
    shelf.change(key, { phase: { kind: 'following' }, status: created.upload });
    onSent(id);
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
