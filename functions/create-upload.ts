/** `POST /uploads`: registers an upload and answers with the form that puts its one object. */
import { createUploadContainer } from '../shared/container-http.ts';
import { createUploadBody } from '../shared/contracts/http.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { type CreateUploadDeps, createCreateUpload } from '../shared/usecases/create-upload.ts';

export const createHandler = (deps: HttpDeps & CreateUploadDeps) => {
  const createUpload = createCreateUpload(deps);
  return createHttpHandler(deps, async (request) => {
    const declared = request.body(createUploadBody);
    const { status, post, expiresAt } = await createUpload(
      request.principal,
      declared,
      request.requestId,
    );
    const location = `/uploads/${status.id}`;
    return {
      status: 201,
      headers: { location },
      body: { upload: status, statusUrl: location, post, expiresAt },
    };
  });
};

export const handler = createHandler(createUploadContainer());
