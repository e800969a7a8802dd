/** `GET /uploads/{id}/history`: every change of an upload with its cause, over all generations. */
import { createReadContainer } from '../shared/container-http.ts';
import { uploadPath } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import type { UploadStore } from '../shared/ports/upload-store.ts';
import { createReadHistory } from '../shared/usecases/read-history.ts';

export const createHandler = (deps: HttpDeps & { readonly store: UploadStore }) => {
  const readHistory = createReadHistory(deps);
  return createHttpHandler<AnswerOf<'GET /uploads/{id}/history'>>(deps, async (request) => {
    const { id } = request.path(uploadPath);
    return { status: 200, body: { history: await readHistory(request.principal, id) } };
  });
};

export const handler = createHandler(createReadContainer());
