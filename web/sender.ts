/** Brings chosen files to the pipeline, a few at a time: digest, address, bytes; or the bytes that are missing. */
import { ApiError, isPassing, TransferError } from '../client/errors.ts';
import { PARTS_ABOVE_BYTES, type Sluice } from '../client/sluice.ts';
import type { Upload } from '../client/types.ts';
import { claim } from './claim.ts';
import { digestOf, refusalOf } from './declare.ts';
import type { Phase } from './entry.ts';
import { createGate } from './gate.ts';
import { untilOnline } from './pause.ts';
import type { Shelf } from './shelf.ts';

export interface SenderOptions {
  readonly api: Pick<Sluice, 'upload' | 'resume'>;
  readonly shelf: Shelf;
  /** It has an id now: a reload can come back to it. */
  readonly onAnnounced: (key: string, id: string, file: File) => void;
  /** The bytes are there. */
  readonly onSent: (id: string) => void;
  /** Its bytes will never come. */
  readonly onGivenUp: (id: string) => void;
}

export interface Sender {
  /**
   * Never rejects: what goes wrong stands in the line.
   * @param id of an upload that broke off: only what has not arrived is sent.
   */
  send(key: string, file: File, id?: string): void;
  cancel(key: string): void;
}

interface Terms {
  /** Of an upload that broke off. */
  readonly id?: string | undefined;
  readonly signal: AbortSignal;
}

const FILES_AT_ONCE = 3;
const PROGRESS_EVERY_MS = 100;
/** Before that a speed says nothing. */
const MEASURED_AFTER_SECONDS = 0.5;

const cancelled = new TransferError('You cancelled this upload.');

/** Sentences of errors that are meant for people; all else is a mistake of this page. */
const sentenceOf = (error: unknown): string | undefined =>
  error instanceof TransferError || error instanceof ApiError ? error.message : undefined;

/** What has arrived in parts is worth coming back for, when only the connection is to blame. */
const mayGoOn = (error: unknown, file: File): boolean =>
  file.size > PARTS_ABOVE_BYTES &&
  ((error instanceof TransferError && error.again) ||
    (error instanceof ApiError && isPassing(error)));

/** Bytes per second so far, told at most ten times a second. What had arrived before does not count. */
const createMeter = (tell: (phase: Phase) => void) => {
  let first: { readonly at: number; readonly sent: number } | undefined;
  let toldAt = 0;
  return (sent: number) => {
    const now = performance.now();
    first ??= { at: now, sent };
    if (now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    const seconds = (now - first.at) / 1_000;
    const bytesPerSecond = seconds < MEASURED_AFTER_SECONDS ? 0 : (sent - first.sent) / seconds;
    tell({ kind: 'sending', sent, bytesPerSecond });
  };
};

export const createSender = (options: SenderOptions): Sender => {
  const { api, shelf, onAnnounced, onSent, onGivenUp } = options;
  const sending = new Map<string, AbortController>();
  const gate = createGate(FILES_AT_ONCE);

  /** A listing that was under way may have brought the same upload. */
  const adopt = (key: string, id: string) => {
    const twin = shelf.findUpload(id);
    if (twin !== undefined && twin.key !== key) shelf.remove(twin.key);
    shelf.change(key, { id, phase: { kind: 'sending', sent: 0, bytesPerSecond: 0 } });
  };

  const announce = async (key: string, file: File, signal: AbortSignal): Promise<Upload> => {
    const sha256 = await digestOf(file).catch((cause: unknown) => {
      throw new TransferError('The file cannot be read on this device.', { cause });
    });
    let letGo: (() => void) | undefined;
    const upload = api.upload(file, {
      sha256,
      signal,
      onAnnounced: ({ upload: { id } }) => {
        letGo = claim(id);
        onAnnounced(key, id, file);
        adopt(key, id);
      },
      onProgress: createMeter((phase) => shelf.change(key, { phase })),
    });
    return upload.finally(() => letGo?.());
  };

  const goOn = (
    key: string,
    file: File,
    { id, signal }: Required<Terms> & { readonly id: string },
  ): Promise<Upload> => {
    const letGo = claim(id);
    const onProgress = createMeter((phase) => shelf.change(key, { phase }));
    return api.resume(id, file, { signal, onProgress }).finally(letGo);
  };

  const bring = async (key: string, file: File, { id, signal }: Terms) => {
    await untilOnline(signal);
    shelf.change(key, { phase: { kind: 'preparing' } });
    const status = await (id === undefined
      ? announce(key, file, signal)
      : goOn(key, file, { id, signal }));
    shelf.change(key, { phase: { kind: 'following' }, status });
    onSent(status.id);
  };

  const stop = (key: string, reason: string) => {
    const { id } = shelf.find(key) ?? {};
    if (id !== undefined) onGivenUp(id);
    shelf.change(key, { id: undefined, status: undefined, phase: { kind: 'stopped', reason } });
  };

  const fail = (key: string, file: File, error: unknown) => {
    const sentence = sentenceOf(error);
    if (sentence === undefined) reportError(error);
    const reason = sentence ?? 'Something on this page went wrong. Try again.';
    if (mayGoOn(error, file)) shelf.change(key, { phase: { kind: 'stopped', reason } });
    else stop(key, reason);
  };

  return {
    send(key, file, id) {
      const refusal = refusalOf(file);
      if (refusal !== undefined) return stop(key, refusal);
      const controller = new AbortController();
      const { signal } = controller;
      sending.set(key, controller);
      gate
        .pass(() => bring(key, file, { id, signal }), signal)
        .catch((error: unknown) => fail(key, file, error))
        .finally(() => sending.delete(key));
    },
    cancel: (key) => sending.get(key)?.abort(cancelled),
  };
};
