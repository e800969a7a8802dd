/** Lambda's streamed answers: the global that the runtime gives to functions, and what takes its place where there is none. */
import { PassThrough, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { InvocationContext } from './invocation.ts';

export interface StreamHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers by a stream, which it opens once and ends. */
export type StreamHandler = (
  event: APIGatewayProxyEventV2,
  open: (head: StreamHead) => Writable,
  context: InvocationContext,
) => Promise<void>;

/** A whole answer in place of a stream, as a function URL without streaming gives it. */
export const buffered =
  (handler: StreamHandler) =>
  async (
    event: APIGatewayProxyEventV2,
    context: InvocationContext,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const stream = new PassThrough();
    let answer: StreamHead = { statusCode: 500, headers: {} };
    const open = (head: StreamHead): Writable => {
      answer = head;
      return stream;
    };
    const [body] = await Promise.all([text(stream), handler(event, open, context)]);
    const { statusCode, headers } = answer;
    return { statusCode, headers: { ...headers }, body };
  };

/** What a function exports: streamed where the platform streams. */
export const streamed = (handler: StreamHandler): unknown => {
  // Packages put things of their own there, so its name alone says nothing.
  const isStreaming = typeof globalThis.awslambda?.streamifyResponse === 'function';
  if (!isStreaming) return buffered(handler);
  return awslambda.streamifyResponse(
    (event: APIGatewayProxyEventV2, stream: Writable, context: InvocationContext) => {
      const open = (head: StreamHead): Writable => {
        const opened = awslambda.HttpResponseStream.from(stream, { ...head });
        // The runtime sends the head with the first write, however little that is; an end alone would lose it.
        opened.write('');
        return opened;
      };
      return handler(event, open, context);
    },
  );
};
