/** The inside of a host process: one deployed handler that answers one invocation at a time over IPC, as a sandbox does. */
import { shiftClock } from './shifted-clock.ts';

export interface HostRequest {
  readonly id: number;
  readonly event: unknown;
  readonly shiftMs: number;
  readonly limitMs: number;
}

export type HostAnswer =
  | { readonly id: number; readonly payload: string }
  | { readonly id: number; readonly error: string };

type Handler = (
  event: never,
  context: { readonly awsRequestId: string; readonly getRemainingTimeInMillis: () => number },
) => Promise<unknown>;

/**
 * Serves until the harness is gone, however it went.
 * @public bundle.ts writes the import.
 */
export const serve = (handler: Handler): void => {
  process.once('disconnect', () => process.exit(0));
  process.on('message', ({ id, event, shiftMs, limitMs }: HostRequest) => {
    const endsAt = Date.now() + limitMs;
    shiftClock(shiftMs);
    const context = {
      awsRequestId: `${process.pid}-${id}`,
      getRemainingTimeInMillis: () => endsAt - Date.now(),
    };
    // The harness sends what a queue or a schedule sends; the handler checks it like anything that comes in.
    handler(event as never, context).then(
      (answer) => process.send?.({ id, payload: JSON.stringify(answer) ?? '' }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
};
