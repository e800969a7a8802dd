/** A file in parts: `POST` signs them, `GET` lists them, `DELETE` drops them, and `complete` makes them one object. */
import { createPartsContainer } from '../shared/container-http.ts';
import { completePartsBody, signPartsBody, uploadPath } from '../shared/contracts/http.ts';
import type { PartsRoute } from '../shared/contracts/routes/parts.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { RequestError } from '../shared/domain/errors.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { createUploadParts, type UploadPartsDeps } from '../shared/usecases/upload-parts.ts';

/** Ten thousand parts, each with its number and digest. */
const COMPLETE_BODY_BYTES = 1024 ** 2;

export const createHandler = (deps: HttpDeps & UploadPartsDeps) => {
  const uploadParts = createUploadParts(deps);
  return createHttpHandler<AnswerOf<PartsRoute>>(deps, async (request) => {
    const { id } = request.path(uploadPath);
    const upload = await uploadParts.find(request.principal, id);
    switch (request.routeKey) {
      case 'POST /uploads/{id}/parts': {
        const { parts } = request.body(signPartsBody);
        return { status: 200, body: await uploadParts.sign(upload, parts) };
      }
      case 'GET /uploads/{id}/parts':
        return { status: 200, body: { parts: await uploadParts.list(upload) } };
      case 'DELETE /uploads/{id}/parts':
        await uploadParts.abort(upload);
        return { status: 204 };
      case 'POST /uploads/{id}/complete': {
        const { parts } = request.optionalBody(completePartsBody, COMPLETE_BODY_BYTES);
        const status = await uploadParts.complete(upload, parts);
        return { status: 200, body: { upload: status, location: `/uploads/${id}` } };
      }
      default:
        throw new RequestError('not_found');
    }
  });
};

export const handler = createHandler(createPartsContainer());
