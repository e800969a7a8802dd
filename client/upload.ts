/** Brings a file to the pipeline: announced once, sent in a form or in parts, and gone on with after it broke off. */
import type { Api, Cancel } from './api.ts';
import { type Declaration, declare } from './declare.ts';
import { deliver } from './deliver.ts';
import { ApiError, TransferError } from './errors.ts';
import { type PartsApi, sendParts } from './parts.ts';
import { type Patience, patiently } from './patience.ts';
import type { Transport } from './transport.ts';
import type { CreatedUpload, Upload, UploadForm } from './types.ts';

export interface SendOptions extends Cancel {
  /** How many of the file's bytes are sent. It goes back when a part has to be sent again. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

export interface UploadOptions extends SendOptions, Declaration {
  /** One per file that is meant: with the same key again there is no second upload. */
  readonly key?: string | undefined;
  /** The upload exists and can be followed; its bytes are about to be sent. */
  readonly onAnnounced?: ((created: CreatedUpload) => void) | undefined;
}

export interface Uploader {
  /** Resolves when the storage has all bytes. @throws ApiError, TransferError, or the signal's reason. */
  upload(file: Blob, options?: UploadOptions): Promise<Upload>;
  /** Sends the file of an upload that was announced already, as in a group. */
  send(created: CreatedUpload, file: Blob, options?: SendOptions): Promise<Upload>;
  /**
   * Goes on with an upload that broke off, whoever began it: sends what has not arrived. One that waits for nothing any
   * more is answered as it is. @throws TransferError when it is of another file.
   */
  resume(id: string, file: Blob, options?: SendOptions): Promise<Upload>;
}

export interface UploaderOptions {
  readonly api: Api;
  readonly transport: Transport;
  /** Larger files are sent in parts. */
  readonly partsAboveBytes: number;
  /** Resolves when trying is of use; by default at once. */
  readonly whenOnline: (signal: AbortSignal) => Promise<void>;
}

/** Random enough for a key, and there on every origin, as `crypto.randomUUID` is not. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');

interface Sending {
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
}

const never = new AbortController().signal;

const formOf = ({ fields }: UploadForm, file: Blob): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // S3 ignores every field behind the file. Its name in the form says nothing: the API knows the real one.
  form.append('file', file, 'file');
  return form;
};

/** What has arrived; a completion whose answer was lost is told by the upload itself. */
const findParts = async (api: PartsApi, id: string) => {
  const there = await api.listParts(id);
  if (there.length > 0) return { there };
  const whole = await api.completeParts(id).catch((error: unknown) => {
    if (error instanceof ApiError && (error.status === 400 || error.status === 409))
      return undefined;
    throw error;
  });
  return { there, whole };
};

/** The calls for parts, each of which may be asked twice. */
const patientParts = (api: Api, patience: Patience): PartsApi => {
  const { signal } = patience;
  return {
    signParts: (id, parts) => patiently(patience, () => api.signParts(id, parts, { signal })),
    listParts: (id) => patiently(patience, () => api.listParts(id, { signal })),
    completeParts: (id) => patiently(patience, () => api.completeParts(id, { signal })),
  };
};

export const createUploader = (options: UploaderOptions): Uploader => {
  const { api, transport, partsAboveBytes, whenOnline } = options;

  const sendForm = (post: UploadForm, file: Blob, { signal, onProgress }: Sending) => {
    const parcel = async () => ({
      method: 'POST' as const,
      url: post.url,
      body: formOf(post, file),
      size: file.size,
      signal,
      onProgress: (bytes: number) => onProgress(Math.min(bytes, file.size)),
    });
    return deliver({ transport, file, parcel, isRenewed: false });
  };

  const send: Uploader['send'] = async (
    { upload, post, parts: cut },
    file,
    { signal = never, onProgress = () => undefined } = {},
  ) => {
    // It took its file before.
    if (post === undefined && cut === undefined) return upload;
    if (post === undefined || file.size > partsAboveBytes) {
      const parts = patientParts(api, { signal, whenOnline });
      const terms = { api: parts, transport, id: upload.id, file, there: [] };
      return sendParts({ ...terms, signal, onProgress });
    }
    await sendForm(post, file, { signal, onProgress });
    return upload;
  };

  return {
    send,
    async upload(file, { signal = never, onProgress, ...more } = {}) {
      const patience = { signal, whenOnline };
      const declared = declare(file, more);
      const { key = newKey() } = more;
      const created = await patiently(patience, () => api.create(declared, { key, signal }));
      more.onAnnounced?.(created);
      return send(created, file, { signal, onProgress });
    },
    async resume(id, file, { signal = never, onProgress = () => undefined } = {}) {
      const patience = { signal, whenOnline };
      const status = await patiently(patience, () => api.get(id, { signal }));
      if (status.state !== 'awaiting_upload') return status;
      if (status.declared?.size !== file.size) {
        throw new TransferError('This is another file than the upload was announced for.');
      }
      const parts = patientParts(api, patience);
      const { there, whole } = await findParts(parts, id);
      if (whole !== undefined) return whole;
      return sendParts({ api: parts, transport, id, file, there, signal, onProgress });
    },
  };
};
