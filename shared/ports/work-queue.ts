/** The queues. At least once, in no order; the queue is the outbox, so a send is durable before anything is acknowledged. */

export const QUEUES = [
  'upload-events',
  'light',
  'heavy',
  'finalize',
  'notifications',
  'deletions',
] as const;
export type QueueName = (typeof QUEUES)[number];

export interface WorkQueue {
  /**
   * Sends every message or throws; on a throw some may have been sent. Resolves when they are durable.
   * @throws RetryableError `queue_unavailable`.
   */
  send(queue: QueueName, messages: readonly object[]): Promise<void>;
  /**
   * Hides a received message for `seconds` more. Best effort: a message that is not hidden comes back at its
   * visibility timeout.
   * @throws RetryableError `queue_unavailable`.
   */
  hide(queue: QueueName, receiptHandle: string, seconds: number): Promise<void>;
}
