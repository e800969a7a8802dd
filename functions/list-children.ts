/** `GET /uploads/{id}/children`: what was in an archive, as uploads of their own. */
import { createChildrenContainer } from '../shared/container-http.ts';
import { listUploadsQuery, uploadPath } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { createListChildren, type ListChildrenDeps } from '../shared/usecases/list-children.ts';

export const createHandler = (deps: HttpDeps & ListChildrenDeps) => {
  const listChildren = createListChildren(deps);
  return createHttpHandler<AnswerOf<'GET /uploads/{id}/children'>>(deps, async (request) => {
    const { id } = request.path(uploadPath);
    const page = request.query(listUploadsQuery);
    return { status: 200, body: await listChildren(request.principal, id, page) };
  });
};

export const handler = createHandler(createChildrenContainer());
