/** `GET /uploads/{id}`: the status of one upload, with `?wait=` at its next change. */
import { createStatusContainer } from '../shared/container-http.ts';
import { statusQuery, uploadPath } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createCallerHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { seenIn, statusAnswer } from '../shared/lambda/status-answer.ts';
import { createWaitForStatus, type WaitForStatusDeps } from '../shared/usecases/wait-for-status.ts';

export const createHandler = (deps: HttpDeps & WaitForStatusDeps) => {
  const waitForStatus = createWaitForStatus(deps);
  return createCallerHttpHandler<AnswerOf<'GET /uploads/{id}'>>(deps, async (request, caller) => {
    const { id } = request.path(uploadPath);
    const { wait = 0 } = request.query(statusQuery);
    const seen = seenIn(request.header('if-none-match'));
    const answer = await waitForStatus(caller, id, { seen, waitMs: wait * 1000 });
    return statusAnswer(answer, seen, deps.clock.now());
  });
};

export const handler = createHandler(createStatusContainer());
