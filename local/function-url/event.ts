/** A request as a function URL hands it to its function: payload format 2.0, without routes and path parameters. */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

const textOf = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(',') : (value ?? '');

/** Only of requests without a body: nothing here takes one. */
export const eventOf = (incoming: IncomingMessage, requestId: string): APIGatewayProxyEventV2 => {
  const { pathname, search, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, textOf(value)]);
  const now = Date.now();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(headers),
    ...(searchParams.size === 0 ? {} : { queryStringParameters: Object.fromEntries(searchParams) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: textOf(incoming.headers.host),
      domainPrefix: 'local',
      http: {
        method: incoming.method ?? 'GET',
        path: pathname,
        protocol: `HTTP/${incoming.httpVersion}`,
        sourceIp: incoming.socket.remoteAddress ?? '127.0.0.1',
        userAgent: textOf(incoming.headers['user-agent']),
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    isBase64Encoded: false,
  };
};
