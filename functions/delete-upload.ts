/** `DELETE /uploads/{id}`: takes an upload back, whatever has become of it. */
import { createDeleteContainer } from '../shared/container-http.ts';
import { uploadPath } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { createDeleteUpload, type DeleteUploadDeps } from '../shared/usecases/delete-upload.ts';

export const createHandler = (deps: HttpDeps & DeleteUploadDeps) => {
  const deleteUpload = createDeleteUpload(deps);
  return createHttpHandler<AnswerOf<'DELETE /uploads/{id}'>>(deps, async (request) => {
    const { id } = request.path(uploadPath);
    await deleteUpload(request.principal, id, request.requestId);
    return { status: 204 };
  });
};

export const handler = createHandler(createDeleteContainer());
