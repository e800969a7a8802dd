/** For the operator, by `serverless invoke`: makes, lists and forgets the API keys of a tenant. No address leads here. */
import { createApiKeysContainer } from '../shared/container-http.ts';
import { apiKeysRequest } from '../shared/contracts/http.ts';
import { type ApiKeysDeps, createMakeApiKey, shownApiKey } from '../shared/usecases/api-keys.ts';

export const createHandler = (deps: ApiKeysDeps) => {
  const makeApiKey = createMakeApiKey(deps);
  return async (event: unknown) => {
    const request = apiKeysRequest.parse(event);
    if (request.action === 'make') return makeApiKey(request.tenant);
    if (request.action === 'forget') await deps.keys.forget(request.tenant, request.keyId);
    return { keys: (await deps.keys.list(request.tenant)).map(shownApiKey) };
  };
};

export const handler = createHandler(createApiKeysContainer());
