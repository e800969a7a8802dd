/** The functions as they are deployed, each over memory stores: `createHandler` of each file in functions/. */
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda';
import { detectType } from '../../shared/detection/detect-type.ts';
import type { InvocationContext } from '../../shared/lambda/invocation.ts';
import { buffered } from '../../shared/lambda/response-stream.ts';
import type { RateLimiter } from '../../shared/ports/rate-limiter.ts';
import type { SessionVerifier } from '../../shared/ports/session-verifier.ts';
import { processors } from '../../shared/processors/registry.ts';
import { createAuthorizeTenant } from '../../shared/usecases/authorize-tenant.ts';
import { createMemoryWorld, type WorldOptions } from './memory-world.ts';
import { NOWHERE } from './nowhere.ts';
import { createSessionWorld } from './session-world.ts';
import { createScriptedCaller, createTestSecrets } from './webhook-world.ts';

const importFunctions = async () => {
  for (const [name, value] of Object.entries(NOWHERE)) process.env[name] = value;
  const [bury, createUpload, finalize, getHistory, getResult, getUpload] = await Promise.all([
    import('../../functions/bury.ts'),
    import('../../functions/create-upload.ts'),
    import('../../functions/finalize.ts'),
    import('../../functions/get-history.ts'),
    import('../../functions/get-result.ts'),
    import('../../functions/get-upload.ts'),
  ]);
  const [ingest, listUploads, operate, sweep, workHeavy, workLight] = await Promise.all([
    import('../../functions/ingest.ts'),
    import('../../functions/list-uploads.ts'),
    import('../../functions/operate.ts'),
    import('../../functions/sweep.ts'),
    import('../../functions/work-heavy.ts'),
    import('../../functions/work-light.ts'),
  ]);
  const [createUploadGroup, getUploadGroup, followUpload] = await Promise.all([
    import('../../functions/create-upload-group.ts'),
    import('../../functions/get-upload-group.ts'),
    import('../../functions/follow-upload.ts'),
  ]);
  const listChildren = await import('../../functions/list-children.ts');
  const noRoute = await import('../../functions/no-route.ts');
  const uploadParts = await import('../../functions/upload-parts.ts');
  const [apiKeys, createSession, deleteSession, deleteUpload, eraseUpload] = await Promise.all([
    import('../../functions/api-keys.ts'),
    import('../../functions/create-session.ts'),
    import('../../functions/delete-session.ts'),
    import('../../functions/delete-upload.ts'),
    import('../../functions/erase-upload.ts'),
  ]);
  const [notify, sendWebhook, webhooks] = await Promise.all([
    import('../../functions/notify.ts'),
    import('../../functions/send-webhook.ts'),
    import('../../functions/webhooks.ts'),
  ]);
  return {
    notify,
    sendWebhook,
    webhooks,
    apiKeys,
    createSession,
    deleteSession,
    deleteUpload,
    eraseUpload,
    uploadParts,
    createUploadGroup,
    getUploadGroup,
    followUpload,
    bury,
    createUpload,
    finalize,
    getHistory,
    getResult,
    getUpload,
    ingest,
    listChildren,
    listUploads,
    noRoute,
    operate,
    sweep,
    workHeavy,
    workLight,
  };
};

type Invoke = (event: unknown, context: InvocationContext) => Promise<unknown>;

export interface FunctionsOptions extends WorldOptions {
  /** By default those that `create-session` starts. */
  readonly sessions?: SessionVerifier;
  /** None, unless named: nobody counts. */
  readonly rates?: RateLimiter;
}

/** Every function by its key in serverless.yml, over one fresh world with the real processors. */
export const createFunctions = async (options: FunctionsOptions = {}) => {
  const world = createMemoryWorld({ processors, detectType, ...options });
  const sessionWorld = createSessionWorld({ anonymousTenant: 'dev' });
  const { keys, sessionStore, sessionCache, signer, anonymousTenant, makeApiKey } = sessionWorld;
  const { sessions = sessionWorld.sessions } = options;
  const sessionDeps = { keys, sessionStore, sessionCache, signer, anonymousTenant };
  const hookDeps = {
    authorizeTenant: createAuthorizeTenant({ keys }),
    caller: createScriptedCaller(),
    secrets: createTestSecrets(),
  };
  const deps = { ...world.deps, ...sessionDeps, ...hookDeps, sessions, rates: options.rates };
  const functions = await importFunctions();
  // Whatever event a test has read from a file: the types of the handlers promise what AWS promises.
  const byBatch = (handler: (event: SQSEvent, context: InvocationContext) => Promise<unknown>) =>
    ((event, context) => handler(event as SQSEvent, context)) satisfies Invoke;
  const byRequest = (
    handler: (event: APIGatewayProxyEventV2, context: InvocationContext) => Promise<unknown>,
  ) => ((event, context) => handler(event as APIGatewayProxyEventV2, context)) satisfies Invoke;

  const invoke: Readonly<Record<string, Invoke>> = {
    bury: byBatch(functions.bury.createHandler(deps)),
    finalize: byBatch(functions.finalize.createHandler(deps)),
    ingest: byBatch(functions.ingest.createHandler(deps)),
    'work-heavy': byBatch(functions.workHeavy.createHandler(deps)),
    'work-light': byBatch(functions.workLight.createHandler(deps)),
    operate: functions.operate.createHandler(deps),
    notify: byBatch(functions.notify.createHandler(deps)),
    'send-webhook': byBatch(functions.sendWebhook.createHandler(deps)),
    webhooks: byRequest(functions.webhooks.createHandler(deps)),
    sweep: functions.sweep.createHandler(deps),
    'api-keys': functions.apiKeys.createHandler(deps),
    'create-session': byRequest(functions.createSession.createHandler(deps)),
    'upload-parts': byRequest(functions.uploadParts.createHandler(deps)),
    'delete-upload': byRequest(functions.deleteUpload.createHandler(deps)),
    'erase-upload': byBatch(functions.eraseUpload.createHandler(deps)),
    'delete-session': byRequest(functions.deleteSession.createHandler(deps)),
    'create-upload': byRequest(functions.createUpload.createHandler(deps)),
    'create-upload-group': byRequest(functions.createUploadGroup.createHandler(deps)),
    'get-upload-group': byRequest(functions.getUploadGroup.createHandler(deps)),
    'get-history': byRequest(functions.getHistory.createHandler(deps)),
    'get-result': byRequest(functions.getResult.createHandler(deps)),
    'get-upload': byRequest(functions.getUpload.createHandler(deps)),
    'follow-upload': byRequest(buffered(functions.followUpload.createHandler(deps))),
    'list-children': byRequest(functions.listChildren.createHandler(deps)),
    'no-route': byRequest(functions.noRoute.createHandler(deps)),
    'list-uploads': byRequest(functions.listUploads.createHandler(deps)),
  };
  return { ...world, invoke, makeApiKey, sessionStore };
};
