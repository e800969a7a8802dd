/** `GET /uploads/{id}`: the status of one upload, with `?wait=` at its next change. */
import { createStatusContainer } from '../shared/container-http.ts';
import { statusQuery, uploadPath } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { seenRevIn, statusAnswer } from '../shared/lambda/status-answer.ts';
import type { ReadStatusDeps } from '../shared/usecases/read-status.ts';
import { createWaitForStatus } from '../shared/usecases/wait-for-status.ts';

export const createHandler = (deps: HttpDeps & ReadStatusDeps) => {
  const waitForStatus = createWaitForStatus(deps);
  return createHttpHandler<AnswerOf<'GET /uploads/{id}'>>(deps, async (request) => {
    const { id } = request.path(uploadPath);
    const { wait = 0 } = request.query(statusQuery);
    const seen = request.header('if-none-match');
    const terms = { seenRev: seenRevIn(seen), waitMs: wait * 1000 };
    const answer = await waitForStatus(request.principal, id, terms);
    return statusAnswer(answer, seen, deps.clock.now());
  });
};

export const handler = createHandler(createStatusContainer());
