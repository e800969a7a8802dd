/** `GET /uploads/{id}/events` at a function URL: the status of one upload as Server-Sent Events, until it has ended. */
import { createStatusContainer } from '../shared/container-http.ts';
import { uploadPath } from '../shared/contracts/http.ts';
import { createEventStreamHandler, type EventStreamDeps } from '../shared/lambda/event-stream.ts';
import { streamed } from '../shared/lambda/response-stream.ts';
import { lastEventIn, statusEvents } from '../shared/lambda/status-events.ts';
import { createFollowUpload } from '../shared/usecases/follow-upload.ts';
import type { WaitForStatusDeps } from '../shared/usecases/wait-for-status.ts';

export const createHandler = (deps: EventStreamDeps & WaitForStatusDeps) => {
  const followUpload = createFollowUpload(deps);
  return createEventStreamHandler(deps, {
    path: '/uploads/{id}/events',
    events(request, caller, signal) {
      const { id } = request.path(uploadPath);
      const seen = lastEventIn(request.header('last-event-id'));
      return statusEvents(followUpload(caller, id, { seen, signal }));
    },
  });
};

export const handler = streamed(createHandler(createStatusContainer()));
