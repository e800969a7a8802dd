/** Requests to addresses that tenants chose: the one place where the pipeline speaks to somebody it does not know. */
import type { CallFailureCode } from '../domain/errors.ts';

export interface WebhookCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface CallAnswer {
  readonly durationMs: number;
  /** Absent when there was no answer. */
  readonly status?: number | undefined;
  /** Absent when the answer was a success: a status from 200 to 299. */
  readonly failure?: CallFailureCode | undefined;
}

export interface WebhookCaller {
  /** Why this address would not be called now; undefined when it would. Resolves its host. Never throws. */
  refusalOf(url: string): Promise<string | undefined>;
  /**
   * One POST to an address that is checked again, connected to exactly what was checked. Follows nothing, waits and
   * reads no longer than the adapter's named bounds. Never throws.
   */
  call(request: WebhookCall): Promise<CallAnswer>;
}
