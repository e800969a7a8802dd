/** Invokes a function through the Lambda API that serverless-offline opens. */
import { type IncomingMessage, request } from 'node:http';
import type { InvocationResult } from './batch-verdict.ts';

export type Invoke = (functionName: string, event: unknown) => Promise<InvocationResult>;

/** The function did not run: nothing listened, or the API knows no such function. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly code: 'UNREACHABLE' | 'FUNCTION_NOT_FOUND' | 'REFUSED';

  constructor(code: InvocationError['code'], sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.code = code;
  }
}

/**
 * `endpoint` is for example http://127.0.0.1:3002. Waits as long as the function's own timeout,
 * which the API enforces. A connection that breaks after the request was sent counts as an error
 * of the function, since it may have run.
 */
export const createInvoke =
  (endpoint: string): Invoke =>
  async (functionName, event) => {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
    const answer = await post(new URL(path, endpoint), JSON.stringify(event));
    if ('broken' in answer) return { functionError: answer.broken };

    const { response, text } = answer;
    if (response.statusCode === 404) {
      const sentence = `The Lambda API has no function ${functionName}.`;
      throw new InvocationError('FUNCTION_NOT_FOUND', sentence);
    }
    if (response.statusCode !== 200 && response.statusCode !== 204) {
      const sentence = `The Lambda API answered ${response.statusCode} to ${functionName}: ${text}`;
      throw new InvocationError('REFUSED', sentence);
    }
    if (response.headers['x-amz-function-error'] !== undefined) {
      return { functionError: errorMessage(text) };
    }
    return { payload: text };
  };

type Answer = { readonly response: IncomingMessage; readonly text: string };

// node:http and not fetch: fetch gives up after 300 s without headers, a function may take 900 s.
// A connection each: on a reused one a reset would not tell whether the function had started.
const post = (url: URL, body: string) =>
  new Promise<Answer | { readonly broken: string }>((resolve, reject) => {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': Buffer.byteLength(body),
      'x-amz-invocation-type': 'RequestResponse',
    };
    const outgoing = request(url, { method: 'POST', agent: false, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve({ broken: error.message }));
      response.on('end', () => resolve({ response, text: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNREFUSED') {
        resolve({ broken: `The connection to the function broke: ${error.message}` });
        return;
      }
      const sentence = `Nothing answers at ${url.origin}: ${error.message}`;
      reject(new InvocationError('UNREACHABLE', sentence, error));
    });
    outgoing.end(body);
  });

const errorMessage = (text: string): string => {
  try {
    const { errorMessage: sentence } = JSON.parse(text) as { errorMessage?: unknown };
    if (typeof sentence === 'string') return sentence;
  } catch {
    // Not the JSON Lambda describes: the text itself says the most.
  }
  return text || 'The function failed without a word.';
};
