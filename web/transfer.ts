/**
 * Puts the bytes of one file where the API said. Today that is one form post; a multipart upload would be a second
 * function of the type `Transfer`, chosen by what `POST /uploads` answers, and nothing else on the page would change.
 */
import type { CreatedUpload, UploadForm } from './api.ts';
import { pause } from './pause.ts';

export interface TransferOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
}

/** Resolves when the storage has all bytes. @throws TransferError, or the signal's reason. */
export type Transfer = (
  file: File,
  created: CreatedUpload,
  options: TransferOptions,
) => Promise<void>;

/** The bytes did not arrive; the message is a sentence for people. */
export class TransferError extends Error {
  /** Sending the same bytes to the same address again may work. */
  readonly again: boolean;

  constructor(message: string, again: boolean, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'TransferError';
    this.again = again;
  }
}

const refusalOf = (status: number): TransferError => {
  if (status === 0) return new TransferError('The connection broke off while sending.', true);
  if (status === 403) {
    return new TransferError('The upload address is not valid any more. Try again.', false);
  }
  if (status >= 500 || status === 429) {
    return new TransferError('The file storage did not answer properly.', true);
  }
  return new TransferError(
    'The file storage refused the file: it changed while it was sent.',
    false,
  );
};

/** XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent. */
const postForm = (file: File, form: UploadForm, { signal, onProgress }: TransferOptions) =>
  new Promise<void>((resolve, reject) => {
    signal.throwIfAborted();
    const fields = new FormData();
    for (const [name, value] of Object.entries(form.fields)) fields.append(name, value);
    // S3 ignores every field behind the file. Its name in the form says nothing: the API knows the real one.
    fields.append('file', file, 'file');

    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const settle = (error?: unknown) => {
      signal.removeEventListener('abort', stop);
      if (error === undefined) resolve();
      else reject(error);
    };
    signal.addEventListener('abort', stop, { once: true });
    // The form itself is a few hundred bytes more than the file.
    request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, file.size));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) settle();
      else settle(refusalOf(request.status));
    };
    request.onerror = () => settle(refusalOf(0));
    request.onabort = () => settle(signal.reason);
    request.open('POST', form.url);
    request.send(fields);
  });

const assertReadable = async (file: File): Promise<void> => {
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new TransferError(
        'The file cannot be read on this device any more: it was changed, moved or deleted.',
        false,
      );
    });
};

const PAUSES_MS = [1_000, 4_000] as const;

/** A form is good for one object and any number of tries, so a broken connection is tried again twice. */
export const sendForm: Transfer = async (file, { post }, options) => {
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    try {
      await postForm(file, post, options);
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      await assertReadable(file);
      if (!(error instanceof TransferError && error.again) || pauseMs === undefined) throw error;
      options.onProgress(0);
      await pause(pauseMs, options.signal);
    }
  }
};
