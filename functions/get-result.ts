/** `GET /uploads/{id}/results`, `…/results/{step}/{name}` and `…/manifest`: what was made of an upload, and where it is. */
import { createResultContainer } from '../shared/container-http.ts';
import { resultPath, uploadPath } from '../shared/contracts/http.ts';
import type { ResultsRoute } from '../shared/contracts/routes/results.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { RequestError } from '../shared/domain/errors.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { linkAnswer } from '../shared/lambda/link-answer.ts';
import { createReadResults, type ReadResultsDeps } from '../shared/usecases/read-results.ts';

export const createHandler = (deps: HttpDeps & ReadResultsDeps) => {
  const results = createReadResults(deps);
  return createHttpHandler<AnswerOf<ResultsRoute>>(deps, async (request) => {
    const { principal } = request;
    switch (request.routeKey) {
      case 'GET /uploads/{id}/results':
        return { status: 200, body: await results.list(principal, request.path(uploadPath).id) };
      case 'GET /uploads/{id}/manifest': {
        const link = await results.linkManifest(principal, request.path(uploadPath).id);
        return linkAnswer(link, request.header('accept'));
      }
      case 'GET /uploads/{id}/results/{step}/{name}': {
        const { id: uploadId, step, name } = request.path(resultPath);
        const link = await results.link(principal, { uploadId, step, name });
        return linkAnswer(link, request.header('accept'));
      }
      default:
        throw new RequestError('not_found');
    }
  });
};

export const handler = createHandler(createResultContainer());
