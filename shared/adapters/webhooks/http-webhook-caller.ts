/** One POST to an address that was checked, over a connection to exactly what was checked; everything is bounded. */
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { CallFailureCode } from '../../domain/errors.ts';
import type { CallAnswer, WebhookCall, WebhookCaller } from '../../ports/webhook-caller.ts';
import { createAddressGuard, type GuardTerms, type Target } from './address-guard.ts';

export interface HttpWebhookCallerOptions extends GuardTerms {
  /** For the whole call, from the name to the end of the answer. */
  readonly deadlineMs?: number;
  /** Whose certificates count, in place of those that the system trusts. */
  readonly ca?: string | undefined;
}

const DEADLINE_MS = 5_000;
/** Nothing in an answer is used but its status; so much of the rest is taken off the line, out of politeness. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

type Outcome = Omit<CallAnswer, 'durationMs'>;
type Allowed = Extract<Target, { kind: 'allowed' }>;

/** What a connection asks in place of the name server: it gets what was checked, and nobody is asked again. */
const pinnedTo =
  (addresses: readonly string[]): LookupFunction =>
  (_host, { all }, answer) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = found;
    process.nextTick(() => {
      if (all === true) answer(null, found);
      else answer(null, first?.address ?? '', first?.family);
    });
  };

const failureOfStatus = (status: number): CallFailureCode | undefined => {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return 'endpoint_redirects';
  return status === 410 ? 'endpoint_gone' : 'endpoint_error';
};

const UNTRUSTED =
  /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_)/;

const failureOfError = (error: unknown): CallFailureCode => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) return 'endpoint_garbled';
  return UNTRUSTED.test(code) ? 'endpoint_untrusted' : 'endpoint_unreachable';
};

/** Reads on until the answer ends, is too long or `signal` ends the call: none of it changes what the status says. */
const readAway = (answer: http.IncomingMessage, done: () => void): void => {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) done();
  });
  for (const end of ['end', 'error', 'close'] as const) answer.once(end, done);
};

const createPost = ({ ca }: Pick<HttpWebhookCallerOptions, 'ca'>) => {
  // Own agents: nothing is kept open, no proxy of the environment comes in between.
  const plain = new http.Agent({ keepAlive: false });
  const secure = new https.Agent({ keepAlive: false, maxCachedSessions: 0, ...(ca && { ca }) });

  return (
    { url, host, addresses }: Allowed,
    { headers, body }: WebhookCall,
    signal: AbortSignal,
  ): Promise<Outcome> =>
    new Promise((resolve) => {
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? https : http).request({
        method: 'POST',
        host,
        port: url.port || undefined,
        path: `${url.pathname}${url.search}`,
        agent: isSecure ? secure : plain,
        lookup: pinnedTo(addresses),
        maxHeaderSize: MAX_HEADER_BYTES,
        signal,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        headers: {
          ...headers,
          host: url.host,
          'user-agent': 'Sluice-Webhooks/1',
          'content-length': Buffer.byteLength(body),
        },
      });
      let answered: Outcome | undefined;
      request.once('response', (answer) => {
        const status = answer.statusCode ?? 0;
        const failure = failureOfStatus(status);
        answered = { status, ...(failure === undefined ? {} : { failure }) };
        const said = answered;
        readAway(answer, () => {
          resolve(said);
          request.destroy();
        });
      });
      // Without a listener Node ends such a connection, and neither answers nor fails.
      request.once('upgrade', ({ statusCode: status = 0 }, socket) => {
        resolve({ status, failure: 'endpoint_error' });
        socket.destroy();
      });
      // What breaks off behind the status takes nothing back of it.
      request.on('error', (error) =>
        resolve(answered ?? { failure: signal.aborted ? 'endpoint_slow' : failureOfError(error) }),
      );
      request.once('close', () => resolve(answered ?? { failure: 'endpoint_unreachable' }));
      request.end(body);
    });
};

export const createHttpWebhookCaller = (options: HttpWebhookCallerOptions): WebhookCaller => {
  const { deadlineMs = DEADLINE_MS } = options;
  const guard = createAddressGuard(options);
  const post = createPost(options);

  /** Undefined when time is over first. */
  const within = <T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
    Promise.race([
      work,
      new Promise<undefined>((resolve) => {
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
      }),
    ]);

  const attempt = async (call: WebhookCall, signal: AbortSignal): Promise<Outcome> => {
    const target = await within(guard(call.url), signal);
    if (target === undefined) return { failure: 'endpoint_slow' };
    if (target.kind === 'allowed') return post(target, call, signal);
    const isRefused = target.kind === 'refused';
    return { failure: isRefused ? 'endpoint_address_refused' : 'endpoint_unresolved' };
  };

  return {
    async refusalOf(url) {
      const target = await guard(url);
      return target.kind === 'allowed' ? undefined : target.reason;
    },
    async call(request) {
      const startedAt = performance.now();
      const ended = new AbortController();
      const timer = setTimeout(() => ended.abort(), deadlineMs);
      try {
        const outcome = await attempt(request, ended.signal);
        return { ...outcome, durationMs: Math.round(performance.now() - startedAt) };
      } finally {
        clearTimeout(timer);
      }
    },
  };
};
