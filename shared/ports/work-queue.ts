/** The queues. At least once, in no order; the queue is the outbox, so a send is durable before anything is acknowledged. */

export const QUEUES = [
  'upload-events',
  'light',
  'heavy',
  'finalize',
  'notifications',
  'deletions',
  'webhooks',
] as const;
export type QueueName = (typeof QUEUES)[number];

export interface WorkQueue {
  /**
   * Sends every message or throws; on a throw some may have been sent. Resolves when they are durable.
   * @param group whom the messages are of: a backlog of one group does not hold up the others. Neither order nor
   *   exclusion follows from it.
   * @throws RetryableError `queue_unavailable`.
   */
  send(queue: QueueName, messages: readonly object[], group?: string): Promise<void>;
  /**
   * Hides a received message for `seconds` more. Best effort: a message that is not hidden comes back at its
   * visibility timeout.
   * @throws RetryableError `queue_unavailable`.
   */
  hide(queue: QueueName, receiptHandle: string, seconds: number): Promise<void>;
}
