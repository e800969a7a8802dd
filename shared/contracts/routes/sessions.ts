/** Routes of sessions. */
import { startedSession } from '../answers.ts';
import { createSessionBody } from '../http.ts';
import type { Route } from './route.ts';

export const sessionRoutes = {
  'POST /sessions': {
    tag: 'sessions',
    operationId: 'startSession',
    summary: 'Start a session',
    description:
      "With an API key of a tenant: for one of its users, 12 hours. Without one, where the deployment allows it: an anonymous session, 7 days, each time of a new user. The session's token is sent with every other request.",
    caller: 'api-key',
    body: createSessionBody,
    isBodyOptional: true,
    example: { body: {} },
    answers: {
      201: {
        description: 'The session, and the token that speaks for it.',
        headers: ['location'],
        body: startedSession,
        example: {
          token: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjIwMjYtMDEtMDEifQ.eyJ…',
          tokenType: 'Bearer',
          tenant: 'acme',
          user: 'ann@example.org',
          expiresAt: '2026-01-01T21:00:00.000Z',
        },
      },
    },
    refusals: ['invalid_request'],
  },
  'DELETE /sessions/current': {
    tag: 'sessions',
    operationId: 'endSession',
    summary: 'End the session of this token',
    description: 'From now on its token is refused everywhere.',
    caller: 'session',
    example: {},
    answers: { 204: { description: 'The session has ended.' } },
    refusals: ['not_found'],
  },
} as const satisfies Readonly<Record<string, Route>>;
