/**
 * Limits of SQS, by name.
 * Sources: SQS Developer Guide, "Message quotas" and "Queue quotas"; API reference of each action.
 */

/** One message, and all messages of one batch together. AWS raised it from 256 KiB in August 2025. */
export const maxMessageBytes = 1024 * 1024;
/** A JSON string may spend six bytes (`\u00XX`) on one byte of text; the rest is envelope. */
export const maxRequestBytes = 6 * maxMessageBytes + 256 * 1024;
export const maxBatchEntries = 10;
export const maxMessageAttributes = 10;
export const maxReceiveMessages = 10;
export const maxWaitSeconds = 20;
export const maxVisibilitySeconds = 43_200;
export const maxDelaySeconds = 900;
/** Messages received and not yet deleted, per standard queue. */
export const maxInFlight = 120_000;
export const retentionSeconds = { min: 60, max: 1_209_600, initial: 345_600 } as const;
export const maxMoveRate = 500;
