/** Routes of upload groups: several uploads that are followed as one. */
import { createdGroup } from '../answers.ts';
import { createGroupBody, groupPath, groupStatus } from '../group.ts';
import { idempotencyKey } from '../http.ts';
import { ifNoneMatch } from './headers.ts';
import type { Route } from './route.ts';
import { SAMPLE_AWAITING, SAMPLE_CREATED, SAMPLE_GROUP_ID, SAMPLE_ID } from './samples.ts';

const group = {
  id: SAMPLE_GROUP_ID,
  state: 'open',
  rev: 1,
  createdAt: SAMPLE_AWAITING.createdAt,
  updatedAt: SAMPLE_AWAITING.updatedAt,
  count: 1,
  states: { awaiting_upload: 1 },
  progress: 0,
  uploads: [{ id: SAMPLE_ID, state: 'awaiting_upload', progress: 0, name: 'hello.txt' }],
} as const;

const created = { group, statusUrl: `/upload-groups/${group.id}`, uploads: [SAMPLE_CREATED] };

export const groupRoutes = {
  'POST /upload-groups': {
    tag: 'groups',
    operationId: 'createUploadGroup',
    summary: 'Announce several files at once',
    description:
      'Each file becomes an upload like any other, with a form of its own. With an `Idempotency-Key` the same request, however often it is sent within 24 hours, is one group.',
    caller: 'session',
    headers: { 'idempotency-key': idempotencyKey },
    body: createGroupBody,
    example: {
      headers: { 'idempotency-key': '5d2a1c55-6a8e-4c46-9a0b-0f7a3a5f3c11' },
      body: { files: [{ name: 'hello.txt', size: 12, type: 'text/plain' }] },
    },
    answers: {
      201: {
        description: 'The group, and its uploads waiting for their files.',
        headers: ['location'],
        body: createdGroup,
        example: created,
      },
      200: {
        description: 'The group that an earlier request with this `Idempotency-Key` made.',
        headers: ['location'],
        body: createdGroup,
        example: created,
      },
    },
    refusals: ['invalid_request', 'conflict', 'over_quota', 'too_many_uploads', 'too_many_bytes'],
  },
  'GET /upload-groups/{id}': {
    tag: 'groups',
    operationId: 'getUploadGroup',
    summary: 'One status of several uploads',
    description:
      'Send the ETag back as `If-None-Match`; `Retry-After` says when to ask again and is there until every upload of the group has ended. The answer may be two seconds old.',
    caller: 'session',
    path: groupPath,
    headers: { 'if-none-match': ifNoneMatch },
    example: { path: { id: SAMPLE_GROUP_ID } },
    answers: {
      200: {
        description: 'The status.',
        headers: ['etag', 'x-status-source'],
        maybeHeaders: ['retry-after'],
        body: groupStatus,
        example: group,
      },
      304: {
        description: 'Nothing has changed since the ETag in `If-None-Match`.',
        headers: ['etag', 'x-status-source'],
        maybeHeaders: ['retry-after'],
      },
    },
    refusals: ['not_found'],
  },
} as const satisfies Readonly<Record<string, Route>>;
