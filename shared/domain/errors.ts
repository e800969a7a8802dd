/** The closed list of failures: each code is API, has one sentence for people, and says whether trying again can help. */

/** Failures of the bytes themselves: the same bytes fail the same way, so they are recorded at the first attempt. */
const PERMANENT = {
  corrupt: 'The file is damaged or not what its first bytes claim, so this step could not read it.',
  unsupported: 'The file is of a kind or variant that this step does not support.',
  encrypted: 'The file is protected by a password, so this step cannot read it.',
  over_budget: 'The file needs more than this step may spend on one file.',
  checksum_mismatch: 'The bytes that arrived do not have the SHA-256 that was declared.',
  type_mismatch:
    'The file is not what it was declared or named as, and such files are not accepted here.',
  size_mismatch: 'The number of bytes that arrived is not the number that was declared.',
  too_large: 'The file is larger than this deployment accepts.',
  source_gone: 'The file was deleted before it could be processed.',
  infected: 'Malware was found in the file, so nothing that was made of it is handed out.',
  not_configured: 'This deployment has not set up what the step works with.',
  dependency_failed: 'A step that this step needs did not succeed.',
  invalid_outcome: 'The step answered something that its own contract does not allow.',
  upload_expired: 'No file arrived before the upload address ran out.',
  invalid_message: 'The message is not one that this version understands.',
  invalid_event: 'The event is not a shape that this version understands.',
} as const;

/** Failures of the world around the bytes: another attempt may well succeed. */
const TRANSIENT = {
  storage_unavailable: 'The file storage did not answer properly.',
  store_unavailable: 'The state store did not answer properly.',
  queue_unavailable: 'The work queue did not answer properly.',
  scanner_unavailable: 'The malware scanner did not answer properly.',
  issuer_unavailable: 'The issuer of the sessions did not answer properly.',
  deadline_exceeded: 'The step did not finish in the time one attempt has.',
  lease_held: 'Another worker is at this step.',
  lost_race: 'Too many writers changed the upload at the same moment.',
  unknown_processor: 'The plan names a processor that this version does not have.',
  crashed: 'The worker died at this step as often as it was tried.',
  stuck: 'The step was sent again and again and never answered.',
  internal: 'Something went wrong that this step did not expect.',
} as const;

/** Refusals of a request: the answer of the API, never of a step. */
const REFUSED = {
  unauthenticated: 'Send a valid session in the Authorization header.',
  not_found: 'There is nothing under this address for you.',
  invalid_request: 'The request is not valid.',
  conflict: 'The request does not fit an earlier one.',
  scan_pending:
    'The file is still being scanned for malware, and nothing of it is handed out before.',
  withheld: 'The file was not found clean, so nothing that was made of it is handed out.',
  too_many_uploads:
    'As many uploads wait for their file as you or your tenant may have. Send these, or wait as long as Retry-After says.',
  too_many_bytes:
    'As many bytes were announced as you or your tenant may have on their way. Send these, or wait as long as Retry-After says.',
  over_quota: 'This is more than you or your tenant may ever have on its way at once.',
  too_many_requests: 'Your tenant asks more often than it may. Wait as long as Retry-After says.',
  unavailable: 'The service cannot answer right now. Try again in a moment.',
} as const;

/** Why a request to a webhook of a tenant was not taken; another one may be, but after `endpoint_gone`. */
const CALL_FAILED = {
  endpoint_address_refused: 'The address of the webhook is not one that may be called.',
  endpoint_unresolved: 'The host of the webhook has no address.',
  endpoint_unreachable: 'The host of the webhook took no connection, or broke it off.',
  endpoint_untrusted: 'The host of the webhook showed no certificate that can be trusted.',
  endpoint_slow: 'The webhook did not answer in time.',
  endpoint_redirects: 'The webhook answered with another address, which is not followed.',
  endpoint_error: 'The webhook answered with a status that is no success.',
  endpoint_garbled: 'The webhook answered something that is not HTTP.',
  endpoint_gone: 'The webhook answered that it is gone for good.',
} as const;

/** Why an event was given up for a webhook. */
const NOT_DELIVERED = {
  endpoint_gone: CALL_FAILED.endpoint_gone,
  retries_exhausted: 'The webhook took none of the requests.',
  waited_too_long: 'The webhook took nothing for so long that this was not sent any more.',
  webhook_removed: 'The webhook was removed before this was sent.',
} as const;

export type CallFailureCode = keyof typeof CALL_FAILED;
export type DeliveryEndCode = keyof typeof NOT_DELIVERED;
export type PermanentCode = keyof typeof PERMANENT;
export type TransientCode = keyof typeof TRANSIENT;
export type RefusalCode = keyof typeof REFUSED;
/** Codes that may stand in an upload or an outcome. */
export type FailureCode = PermanentCode | TransientCode;
export type ErrorCode = FailureCode | RefusalCode | CallFailureCode | DeliveryEndCode;

const SENTENCES: Readonly<Record<ErrorCode, string>> = {
  ...PERMANENT,
  ...TRANSIENT,
  ...REFUSED,
  ...CALL_FAILED,
  ...NOT_DELIVERED,
};

export const FAILURE_CODES = Object.keys({ ...PERMANENT, ...TRANSIENT }) as readonly FailureCode[];

export const REFUSAL_CODES = Object.keys(REFUSED) as readonly RefusalCode[];

export const CALL_FAILURE_CODES = Object.keys(CALL_FAILED) as readonly CallFailureCode[];

export const DELIVERY_END_CODES = Object.keys(NOT_DELIVERED) as readonly DeliveryEndCode[];

export const ERROR_CODES = Object.keys(SENTENCES) as readonly ErrorCode[];

/** Is it a failure of the world around the bytes, which another attempt may not meet? */
export const isTransient = (code: FailureCode): code is TransientCode => code in TRANSIENT;

/** The sentence for people that belongs to a code. */
export const sentenceOf = (code: ErrorCode): string => SENTENCES[code];

export interface ErrorDetail {
  /** What exactly was wrong, for people. Never file content, keys of others or secrets. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** Base of the family; throw one of those below. */
export abstract class PipelineError extends Error {
  abstract readonly code: ErrorCode;
  abstract readonly retryable: boolean;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, { detail, cause }: ErrorDetail = {}) {
    const sentence = sentenceOf(code);
    super(detail === undefined ? sentence : `${sentence} ${detail}`, { cause });
    this.name = new.target.name;
    this.detail = detail;
  }
}

/** Bad input: the next attempt would fail in the same way. */
export class NonRetryableError extends PipelineError {
  readonly code: PermanentCode;
  readonly retryable = false;

  constructor(code: PermanentCode, detail?: ErrorDetail) {
    super(code, detail);
    this.code = code;
  }
}

/** Nothing for this step to do here, which is nobody's fault: the upload can be complete without it. */
export class SkippedError extends PipelineError {
  readonly code: PermanentCode;
  readonly retryable = false;

  constructor(code: PermanentCode, detail?: ErrorDetail) {
    super(code, detail);
    this.code = code;
  }
}

/** Throttle, time-out, lost race: the next attempt may succeed. */
export class RetryableError extends PipelineError {
  readonly code: TransientCode;
  readonly retryable = true;

  constructor(code: TransientCode, detail?: ErrorDetail) {
    super(code, detail);
    this.code = code;
  }
}

/** A request that is answered with a refusal; the http wrapper turns the code into a status. */
export class RequestError extends PipelineError {
  readonly code: RefusalCode;
  readonly retryable = false;

  constructor(code: RefusalCode, detail?: ErrorDetail) {
    super(code, detail);
    this.code = code;
  }
}

/** What an unknown thrown thing means for a step: our own errors speak for themselves, all else is `internal` and retried. */
export const asFailure = (error: unknown): NonRetryableError | RetryableError =>
  error instanceof NonRetryableError || error instanceof RetryableError
    ? error
    : new RetryableError('internal', { cause: error });
