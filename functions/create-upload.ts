/** `POST /uploads`: registers an upload and answers with the form that puts its one object. */
import { createUploadContainer } from '../shared/container-http.ts';
import { createUploadBody, idempotencyKey } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { createCreateUpload } from '../shared/usecases/create-upload.ts';
import {
  type CreateUploadOnceDeps,
  createCreateUploadOnce,
} from '../shared/usecases/create-upload-once.ts';

export const createHandler = (deps: HttpDeps & CreateUploadOnceDeps) => {
  const createUpload = createCreateUpload(deps);
  const createOnce = createCreateUploadOnce(deps);
  return createHttpHandler<AnswerOf<'POST /uploads'>>(deps, async (request) => {
    const { principal, requestId } = request;
    const { options, ...declared } = request.body(createUploadBody);
    const asked = { principal, declared, options, requestId };
    const key = request.checkedHeader('idempotency-key', idempotencyKey);
    const { isRepeated, status, ...form } =
      key === undefined
        ? { isRepeated: false, ...(await createUpload(asked)) }
        : await createOnce({ ...asked, key });
    const location = `/uploads/${status.id}`;
    return {
      status: isRepeated ? 200 : 201,
      headers: { location },
      body: { upload: status, statusUrl: location, ...form },
    };
  });
};

export const handler = createHandler(createUploadContainer());
