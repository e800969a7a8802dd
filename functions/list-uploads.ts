/** `GET /uploads`: the caller's uploads, newest first. */
import { createReadContainer } from '../shared/container-http.ts';
import { listUploadsQuery } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import type { UploadStore } from '../shared/ports/upload-store.ts';
import { createListUploads } from '../shared/usecases/list-uploads.ts';

export const createHandler = (deps: HttpDeps & { readonly store: UploadStore }) => {
  const listUploads = createListUploads(deps);
  return createHttpHandler<AnswerOf<'GET /uploads'>>(deps, async (request) => {
    const page = request.query(listUploadsQuery);
    return { status: 200, body: await listUploads(request.principal, page) };
  });
};

export const handler = createHandler(createReadContainer());
