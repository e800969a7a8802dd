/** How bytes get to the file storage. */

export interface Parcel {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly body: Blob | FormData;
  /** Bytes of the file in it. */
  readonly size: number;
  readonly signal: AbortSignal;
  /** How many bytes of this parcel are out, as far as the transport can tell. */
  readonly onProgress: (sentBytes: number) => void;
}

/** Resolves with the status of the storage's answer. Rejects when the connection broke, or with the signal's reason. */
export type Transport = (parcel: Parcel) => Promise<number>;

/** `fetch` cannot tell how much of a body has been sent: it is told once, at the end. */
export const fetchTransport: Transport = async ({
  method,
  url,
  body,
  size,
  signal,
  onProgress,
}) => {
  const answer = await fetch(url, { method, body, signal });
  await answer.body?.cancel();
  if (answer.ok) onProgress(size);
  return answer.status;
};
