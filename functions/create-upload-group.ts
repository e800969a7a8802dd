/** `POST /upload-groups`: registers several uploads that are followed as one, and answers with a form for each, or how to cut it. */
import { createGroupContainer } from '../shared/container-http.ts';
import { createGroupBody } from '../shared/contracts/group.ts';
import { idempotencyKey } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { type CreateGroupDeps, createCreateGroup } from '../shared/usecases/create-group.ts';

/** A hundred files, each with a name of 255 characters and options. */
const BODY_BYTES = 1024 ** 2;

export const createHandler = (deps: HttpDeps & CreateGroupDeps) => {
  const createGroup = createCreateGroup(deps);
  return createHttpHandler<AnswerOf<'POST /upload-groups'>>(deps, async (request) => {
    const { principal, requestId } = request;
    const asked = request.body(createGroupBody, BODY_BYTES);
    const files = asked.files.map(({ options, ...declared }) => ({ declared, options }));
    const key = request.checkedHeader('idempotency-key', idempotencyKey);
    const { group, uploads, isRepeated } = await createGroup({ principal, files, requestId, key });
    const location = `/upload-groups/${group.id}`;
    return {
      status: isRepeated ? 200 : 201,
      headers: { location },
      body: {
        group,
        statusUrl: location,
        uploads: uploads.map(({ status, post, parts, expiresAt }) => ({
          ...{ upload: status, statusUrl: `/uploads/${status.id}`, post, parts, expiresAt },
        })),
      },
    };
  });
};

export const handler = createHandler(createGroupContainer());
