/** What is sent back: every answer of the laptop S3 leaves through here. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ClientGoneError, type S3Error } from './errors.ts';
import type { RequestIds } from './request.ts';
import { plainXmlDocument, tag } from './xml.ts';

export interface S3Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

export const xmlResponse = (body: string, headers: Record<string, string> = {}): S3Response => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body,
});

export const emptyResponse = (status = 200, headers: Record<string, string> = {}): S3Response => ({
  status,
  headers,
});

export const errorResponse = (error: S3Error, ids: RequestIds, path: string): S3Response => ({
  status: error.status,
  headers: { 'content-type': 'application/xml', ...error.headers },
  body: plainXmlDocument('Error', [
    tag('Code', error.code),
    tag('Message', error.message),
    ...Object.entries(error.fields).map(([name, value]) => tag(name, value)),
    tag('Resource', path),
    tag('RequestId', ids.requestId),
    tag('HostId', ids.hostId),
  ]),
});

const leftCodes: ReadonlySet<string> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNRESET',
  'EPIPE',
]);

/** Writes the answer. Resolves when it is handed over; rejects with ClientGoneError when nobody takes it. */
export const sendResponse = async (
  outgoing: ServerResponse,
  { status, headers = {}, body }: S3Response,
): Promise<void> => {
  outgoing.statusCode = status;
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  if (body !== undefined && typeof body !== 'string') {
    await pipeline(body, outgoing).catch((error: NodeJS.ErrnoException) => {
      // Reading failed is our fault; a reader that hung up is not.
      throw leftCodes.has(error.code ?? '') ? new ClientGoneError(error) : error;
    });
    return;
  }
  // HEAD announces the length of what GET would carry, so only other answers get their own.
  const bodiless = outgoing.req.method === 'HEAD' || status === 204 || status === 304;
  if (!bodiless) outgoing.setHeader('content-length', Buffer.byteLength(body ?? ''));
  outgoing.end(bodiless ? undefined : body);
};
