/** Routes at function URLs, which stream; the HTTP API cannot. */
import * as z from 'zod';
import { uploadPath } from '../http.ts';
import type { Route } from './route.ts';
import { SAMPLE_COMPLETED, SAMPLE_ID } from './samples.ts';

const eventStream = z
  .string()
  .describe(
    'Server-Sent Events. `event: status` with the status as JSON in `data`; its `id` is what the ETag of that status says. Lines that begin with a colon keep the line alive. Should something break later, the last event is `event: problem`.',
  );

const EXAMPLE = `retry: 1000\n\nid: 7\nevent: status\ndata: ${JSON.stringify(SAMPLE_COMPLETED)}\n\n`;

export const eventRoutes = {
  'GET /uploads/{id}/events': {
    tag: 'uploads',
    operationId: 'followUpload',
    summary: 'Every status of an upload, as it comes',
    description:
      'At a URL of its own, because an HTTP API cannot stream. The stream ends with the upload, and now and then before that: come back with the last id as `Last-Event-ID`, and nothing is missed. It needs the `Authorization` header, which an `EventSource` cannot send: read it with `fetch`. A 429 without a problem in it says that too many follow by events: ask `GET /uploads/{id}` instead.',
    caller: 'session',
    functionUrl: 'follow-upload',
    path: uploadPath,
    headers: {
      'last-event-id': z.string().optional().describe('The id of the last event that was seen.'),
    },
    example: { path: { id: SAMPLE_ID } },
    answers: {
      200: {
        description: 'The status now, and every change after it.',
        mediaType: 'text/event-stream',
        body: eventStream,
        example: EXAMPLE,
      },
      204: { description: 'The upload has ended, and the last event told so already.' },
    },
    refusals: ['not_found'],
  },
} as const satisfies Readonly<Record<string, Route>>;
