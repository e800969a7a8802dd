/** `GET /uploads/{id}/results/{step}/{name}`: sends the caller to one derived file. */
import { createResultContainer } from '../shared/container-http.ts';
import { resultPath } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import type { ObjectStore } from '../shared/ports/object-store.ts';
import type { UploadStore } from '../shared/ports/upload-store.ts';
import { createLinkResult } from '../shared/usecases/link-result.ts';

interface Deps extends HttpDeps {
  readonly store: UploadStore;
  readonly objects: ObjectStore;
}

export const createHandler = (deps: Deps) => {
  const linkResult = createLinkResult(deps);
  return createHttpHandler<AnswerOf<'GET /uploads/{id}/results/{step}/{name}'>>(
    deps,
    async (request) => {
      const { id: uploadId, step, name } = request.path(resultPath);
      const location = await linkResult(request.principal, { uploadId, step, name });
      return { status: 302, headers: { location } };
    },
  );
};

export const handler = createHandler(createResultContainer());
