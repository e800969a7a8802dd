/** `GET /uploads/{id}`: the status of one upload. */
import { createStatusContainer } from '../shared/container-http.ts';
import { uploadPath } from '../shared/contracts/http.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { seenRevIn, statusAnswer } from '../shared/lambda/status-answer.ts';
import { createReadStatus, type ReadStatusDeps } from '../shared/usecases/read-status.ts';

export const createHandler = (deps: HttpDeps & ReadStatusDeps) => {
  const readStatus = createReadStatus(deps);
  return createHttpHandler(deps, async (request) => {
    const { id } = request.path(uploadPath);
    const seen = request.header('if-none-match');
    return statusAnswer(await readStatus(request.principal, id, seenRevIn(seen)), seen);
  });
};

export const handler = createHandler(createStatusContainer());
