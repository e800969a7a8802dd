/** Sends one parcel to the storage, again where that may help. */
import { TransferError } from './errors.ts';
import { pause } from './pause.ts';
import type { Parcel, Transport } from './transport.ts';

/** Before each further try. */
const PAUSES_MS = [1_000, 4_000, 10_000] as const;

const refusalOf = (status: number, cause?: unknown): TransferError => {
  const told = { status, cause };
  if (status === 0) {
    return new TransferError('The connection broke off while sending.', { ...told, again: true });
  }
  if (status === 403) {
    return new TransferError('The upload address is not valid any more. Try again.', told);
  }
  if (status >= 500 || status === 429) {
    const sentence = 'The file storage did not answer properly.';
    return new TransferError(sentence, { ...told, again: true });
  }
  return new TransferError(
    'The file storage refused the file: it changed while it was sent.',
    told,
  );
};

const attempt = async (transport: Transport, parcel: Parcel): Promise<void> => {
  const status = await transport(parcel).catch((cause: unknown) => {
    parcel.signal.throwIfAborted();
    throw refusalOf(0, cause);
  });
  if (status < 200 || status >= 300) throw refusalOf(status);
};

const assertReadable = async (file: Blob): Promise<void> => {
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch((cause: unknown) => {
      throw new TransferError(
        'The file cannot be read on this device any more: it was changed, moved or deleted.',
        { cause },
      );
    });
};

export interface Delivery {
  readonly transport: Transport;
  /** What the bytes are taken from, to tell a lost file from a lost connection. */
  readonly file: Blob;
  /** The parcel of one try; `tries` is how many there were before. */
  readonly parcel: (tries: number) => Promise<Parcel>;
  /** Each further try goes to a fresh address, so one that ran out is not the end. */
  readonly isRenewed: boolean;
}

/**
 * Resolves when the storage has the bytes. Whoever receives them twice keeps the same.
 * @throws TransferError, or the signal's reason.
 */
export const deliver = async (delivery: Delivery): Promise<void> => {
  const { transport, file, parcel, isRenewed } = delivery;
  const mayRepeat = (error: unknown) =>
    error instanceof TransferError && (error.again || (isRenewed && error.status === 403));
  for (let tries = 0; ; tries += 1) {
    const sending = await parcel(tries);
    try {
      return await attempt(transport, sending);
    } catch (error) {
      sending.signal.throwIfAborted();
      await assertReadable(file);
      const pauseMs = PAUSES_MS[tries];
      if (pauseMs === undefined || !mayRepeat(error)) throw error;
      sending.onProgress(0);
      await pause(pauseMs, sending.signal);
    }
  }
};
