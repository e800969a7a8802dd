/** `GET /upload-groups/{id}`: one status of several uploads. */
import { createGroupStatusContainer } from '../shared/container-http.ts';
import { groupPath } from '../shared/contracts/group.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { groupAnswer } from '../shared/lambda/group-answer.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { seenRevIn } from '../shared/lambda/status-answer.ts';
import { createReadGroup, type ReadGroupDeps } from '../shared/usecases/read-group.ts';

export const createHandler = (deps: HttpDeps & ReadGroupDeps) => {
  const readGroup = createReadGroup(deps);
  return createHttpHandler<AnswerOf<'GET /upload-groups/{id}'>>(deps, async (request) => {
    const { id } = request.path(groupPath);
    const seen = request.header('if-none-match');
    const answer = await readGroup(request.principal, id, seenRevIn(seen));
    return groupAnswer(answer, seen, deps.clock.now());
  });
};

export const handler = createHandler(createGroupStatusContainer());
