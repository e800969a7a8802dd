/** `sluice doctor`: what is configured, what can be reached, and what to do about what is not well. */
import { ApiError } from '../../client/errors.ts';
import type { CreatedUpload } from '../../client/types.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { plain } from '../terminal.ts';

interface Finding {
  readonly check: string;
  /** Undefined: not looked at. */
  readonly ok: boolean | undefined;
  readonly sentence: string;
  /** What to do about it. */
  readonly advice?: string;
}

const ANSWERED_WITHIN_MS = 10_000;
/** Signatures of addresses are good for minutes, and tokens say from when they count. */
const MOST_SKEW_MS = 60_000;

const baseOf = ({ connection }: Call): string => connection.url.replace(/\/+$/, '');

const limited = ({ signal }: Call): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(ANSWERED_WITHIN_MS)]);

const reach = async (call: Call, url: string, init: RequestInit = {}) => {
  const answer = await fetch(url, { ...init, signal: limited(call) }).catch(() => undefined);
  call.signal.throwIfAborted();
  return answer;
};

const skewFinding = (date: string | null, askedAt: number): Finding => {
  const check = 'clock';
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) {
    return { check, ok: undefined, sentence: 'The API does not say what time it is.' };
  }
  const now = Date.now();
  // The header has whole seconds, and the answer was under way for a while.
  const ahead = Math.max(0, askedAt - theirs - 1_000);
  const behind = Math.max(0, theirs - now);
  const seconds = Math.round(Math.max(ahead, behind) / 1_000);
  const word = ahead > behind ? 'ahead of' : 'behind';
  if (Math.max(ahead, behind) <= MOST_SKEW_MS) {
    return { check, ok: true, sentence: "This machine's clock agrees with the API's." };
  }
  return {
    check,
    ok: false,
    sentence: `This machine's clock is ${seconds} s ${word} the API's.`,
    advice: 'Set it by NTP: addresses to the file storage are refused by a clock that is wrong.',
  };
};

const findApi = async (call: Call): Promise<readonly Finding[]> => {
  const check = 'api';
  const { url } = call.connection;
  const askedAt = Date.now();
  const answer = await reach(call, `${baseOf(call)}/uploads`);
  if (answer === undefined) {
    const advice = 'Is the address right, and is it running? On this machine "npm start" runs it.';
    return [{ check, ok: false, sentence: `Nothing answers at ${plain(url)}.`, advice }];
  }
  const took = Date.now() - askedAt;
  const body: unknown = await answer.json().catch(() => undefined);
  const isOurs =
    answer.status === 401 && typeof body === 'object' && body !== null && 'code' in body;
  if (!isOurs) {
    const sentence = `Something answers at ${plain(url)} (${answer.status}), and it is not this API.`;
    const advice = 'The address is that of the API itself: the output ApiUrl of a deployment.';
    return [{ check, ok: false, sentence, advice }];
  }
  const sentence = `The API answers at ${plain(url)} within ${took} ms.`;
  return [{ check, ok: true, sentence }, skewFinding(answer.headers.get('date'), askedAt)];
};

const sessionAdvice = ({ connection }: Call): string =>
  connection.speaksFor.includes('anonymous')
    ? 'This deployment may allow no anonymous sessions: set SLUICE_TOKEN, or SLUICE_API_KEY and SLUICE_USER.'
    : 'The token or key is wrong, has run out, or is of another deployment: get a new one.';

/** Also announces the file that the storage is looked at with. */
const findSession = async (call: Call): Promise<[Finding, CreatedUpload | undefined]> => {
  const check = 'session';
  const { sluice, speaksFor } = call.connection;
  try {
    const declared = { name: 'sluice doctor', size: 1, type: 'text/plain' };
    const created = await sluice.create(declared, { signal: limited(call) });
    return [{ check, ok: true, sentence: `The session counts: ${speaksFor}.` }, created];
  } catch (error) {
    call.signal.throwIfAborted();
    if (exitCodeOf(error) === undefined) throw error;
    const isRefused = error instanceof ApiError && error.status === 401;
    const sentence = isRefused
      ? `The API does not accept ${speaksFor}.`
      : `The API could not announce a file: ${error instanceof Error ? plain(error.message) : ''}`;
    const advice = isRefused ? sessionAdvice(call) : 'Its logs say more; see docs/runbook.md.';
    return [{ check, ok: false, sentence, advice }, undefined];
  }
};

const preflight = (call: Call, url: string, origin: string) =>
  reach(call, url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });

const findStorage = async (call: Call, url: string): Promise<Finding> => {
  const check = 'storage';
  const { host } = new URL(url);
  const answer = await reach(call, url, { method: 'OPTIONS' });
  if (answer !== undefined) {
    return { check, ok: true, sentence: `The file storage answers at ${plain(host)}.` };
  }
  const advice = 'Files go there directly: let this network reach it.';
  return {
    check,
    ok: false,
    sentence: `The file storage at ${plain(host)} does not answer.`,
    advice,
  };
};

const findCors = async (call: Call, what: string, url: string): Promise<Finding> => {
  const check = `cors of the ${what}`;
  const { origin } = call.flags;
  if (origin === undefined) {
    return {
      check,
      ok: undefined,
      sentence: `Whether a page may call the ${what} was not looked at: say --origin.`,
    };
  }
  const answer = await preflight(call, url, origin);
  const allowed = answer?.headers.get('access-control-allow-origin');
  if (allowed === origin || allowed === '*') {
    return { check, ok: true, sentence: `Pages of ${plain(origin)} may call the ${what}.` };
  }
  const sentence = `Pages of ${plain(origin)} may not call the ${what}.`;
  return { check, ok: false, sentence, advice: 'Put it into allowedOrigins and deploy.' };
};

/** Nothing where no such place is known: changes are then asked for, which is no fault. */
const findEvents = async (call: Call, id: string): Promise<readonly Finding[]> => {
  const check = 'events';
  const { sluice, followUrl = '' } = call.connection;
  if (sluice.events === undefined) return [];
  try {
    for await (const _ of sluice.events(id, { etag: '', signal: limited(call) })) {
      const sentence = `Changes are told as they happen at ${plain(followUrl)}.`;
      return [{ check, ok: true, sentence }];
    }
  } catch (error) {
    call.signal.throwIfAborted();
    const why = error instanceof Error ? plain(error.message) : '';
    const sentence = `No changes are told at ${plain(followUrl)}: ${why}`;
    const advice = 'Is it the function URL of follow-upload? Without it changes are asked for.';
    return [{ check, ok: false, sentence, advice }];
  }
  return [];
};

const examine = async (call: Call): Promise<readonly Finding[]> => {
  const { url, foundIn, speaksFor, sluice } = call.connection;
  const configured: Finding = {
    check: 'configuration',
    ok: true,
    sentence: `The address ${plain(url)} is from ${foundIn}; who asks is ${speaksFor}.`,
  };
  const api = await findApi(call);
  if (api.some(({ check, ok }) => check === 'api' && ok === false)) return [configured, ...api];
  const [session, created] = await findSession(call);
  const found = [
    configured,
    ...api,
    session,
    await findCors(call, 'API', `${baseOf(call)}/uploads`),
  ];
  if (created === undefined) return found;
  try {
    const form = created.post?.url;
    if (form === undefined) return found;
    return [
      ...found,
      ...(await findEvents(call, created.upload.id)),
      await findStorage(call, form),
      await findCors(call, 'file storage', form),
    ];
  } finally {
    // The announcement that nobody uses would run out by itself: this only tidies up at once.
    await sluice.delete(created.upload.id).catch(() => undefined);
  }
};

const MARKS = new Map([
  [true, '✓'],
  [false, '✗'],
  [undefined, '–'],
]);

export const doctor: Command = async (call) => {
  const findings = await examine(call);
  const lines = findings.flatMap(({ ok, sentence, advice }) => [
    `${MARKS.get(ok)} ${sentence}`,
    ...(advice === undefined ? [] : [`  → ${advice}`]),
  ]);
  const isWell = findings.every(({ ok }) => ok !== false);
  call.output.answer({ ok: isWell, findings }, lines);
  return isWell ? EXIT.done : EXIT.failed;
};
