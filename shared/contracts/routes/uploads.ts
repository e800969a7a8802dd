/** Routes of uploads. */
import { createdUpload, uploadHistory, uploadList } from '../answers.ts';
import {
  createUploadBody,
  idempotencyKey,
  listUploadsQuery,
  statusQuery,
  uploadPath,
} from '../http.ts';
import { uploadStatus } from '../status.ts';
import { ifNoneMatch } from './headers.ts';
import type { Route } from './route.ts';
import {
  SAMPLE_CHILD,
  SAMPLE_COMPLETED,
  SAMPLE_CREATED,
  SAMPLE_DIGEST,
  SAMPLE_ID,
} from './samples.ts';

export const uploadRoutes = {
  'POST /uploads': {
    tag: 'uploads',
    operationId: 'createUpload',
    summary: 'Announce a file',
    description:
      'The answer has a form that takes exactly this file, to be posted to the file storage within 15 minutes. A large file is better sent in parts, and one of more than 5 GiB is: its answer says how it is cut. With an `Idempotency-Key` the same request, however often it is sent within 24 hours, is one upload.',
    caller: 'session',
    headers: { 'idempotency-key': idempotencyKey },
    body: createUploadBody,
    example: {
      headers: { 'idempotency-key': '8e03978e-40d5-43e8-bc93-6894a57f9324' },
      body: { name: 'hello.txt', size: 12, type: 'text/plain', sha256: SAMPLE_DIGEST },
    },
    answers: {
      201: {
        description: 'The upload, waiting for its file.',
        headers: ['location'],
        body: createdUpload,
        example: SAMPLE_CREATED,
      },
      200: {
        description: 'The upload that an earlier request with this `Idempotency-Key` made.',
        headers: ['location'],
        body: createdUpload,
        example: SAMPLE_CREATED,
      },
    },
    refusals: ['invalid_request', 'conflict', 'over_quota', 'too_many_uploads', 'too_many_bytes'],
  },
  'GET /uploads': {
    tag: 'uploads',
    operationId: 'listUploads',
    summary: "List the user's uploads, newest first",
    caller: 'session',
    query: listUploadsQuery,
    example: { query: { limit: '10' } },
    answers: {
      200: {
        description: 'One page of them.',
        body: uploadList,
        example: { uploads: [SAMPLE_COMPLETED], cursor: 'eyJvd25lciI6…' },
      },
    },
    refusals: ['invalid_request'],
  },
  'GET /uploads/{id}': {
    tag: 'uploads',
    operationId: 'getUpload',
    summary: 'The status of an upload',
    description:
      'To follow an upload, send the ETag back as `If-None-Match` and ask with `wait=25`: the answer comes with the next change, or as a 304. Without `wait`, `Retry-After` says when to ask again; it is there until the upload has ended.',
    caller: 'session',
    path: uploadPath,
    query: statusQuery,
    headers: { 'if-none-match': ifNoneMatch },
    example: { path: { id: SAMPLE_ID } },
    answers: {
      200: {
        description: 'The status.',
        headers: ['etag', 'x-status-source'],
        maybeHeaders: ['retry-after'],
        body: uploadStatus,
        example: SAMPLE_COMPLETED,
      },
      304: {
        description: 'Nothing has changed since the ETag in `If-None-Match`.',
        headers: ['etag', 'x-status-source'],
        maybeHeaders: ['retry-after'],
      },
    },
    refusals: ['invalid_request', 'not_found'],
  },
  'GET /uploads/{id}/children': {
    tag: 'uploads',
    operationId: 'listChildren',
    summary: 'What was in an archive, as uploads of their own',
    description:
      'Of an upload that was announced with the option `unpack`, in the order of its entries. They are in no other list. A page leaves out what was deleted and what is still to be made.',
    caller: 'session',
    path: uploadPath,
    query: listUploadsQuery,
    example: { path: { id: SAMPLE_ID }, query: { limit: '10' } },
    answers: {
      200: {
        description: 'One page of them.',
        body: uploadList,
        example: { uploads: [SAMPLE_CHILD], cursor: '10' },
      },
    },
    refusals: ['invalid_request', 'not_found'],
  },
  'DELETE /uploads/{id}': {
    tag: 'uploads',
    operationId: 'deleteUpload',
    summary: 'Take an upload back',
    description:
      'Cancels it if it has not ended. From now on all its addresses are 404; its file, everything that was made of it and its children are erased. Can be repeated. What another tool put into the bucket is refused: that tool takes it out.',
    caller: 'session',
    path: uploadPath,
    example: { path: { id: SAMPLE_ID } },
    answers: { 204: { description: 'It is gone.' } },
    refusals: ['invalid_request', 'not_found'],
  },
  'GET /uploads/{id}/history': {
    tag: 'uploads',
    operationId: 'getHistory',
    summary: 'All that happened to an upload',
    caller: 'session',
    path: uploadPath,
    example: { path: { id: SAMPLE_ID } },
    answers: {
      200: {
        description: 'Every change with its cause, over all generations, oldest first.',
        body: uploadHistory,
        example: {
          history: [
            {
              at: '2026-01-01T09:00:00.000Z',
              generation: 0,
              event: 'created',
              requestId: '0a1b2c3d',
              attempt: 1,
              state: 'awaiting_upload',
            },
          ],
        },
      },
    },
    refusals: ['not_found'],
  },
} as const satisfies Readonly<Record<string, Route>>;
