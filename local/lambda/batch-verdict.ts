/**
 * Judges what a function answered to an SQS batch, as Lambda does.
 * Source: Lambda Developer Guide, "Handling errors for an SQS event source", success and failure
 * conditions of partial batch responses.
 */

/** `payload` is the answer's text as the function's runtime sent it. */
export type InvocationResult = { readonly payload: string } | { readonly functionError: string };

export type Verdict = {
  /** Ids whose messages are deleted. */
  readonly succeeded: readonly string[];
  /** Ids whose messages come back after their visibility timeout. */
  readonly failed: readonly string[];
  /** Why anything failed. */
  readonly reason?: string;
};

export type Invocation = {
  readonly messageIds: readonly string[];
  readonly reportBatchItemFailures: boolean;
  readonly result: InvocationResult;
};

/** Total: every id is in exactly one of the two lists, whatever the function answered. */
export const judgeBatch = ({
  messageIds,
  reportBatchItemFailures,
  result,
}: Invocation): Verdict => {
  const allFailed = (reason: string): Verdict => ({ succeeded: [], failed: messageIds, reason });
  const allSucceeded: Verdict = { succeeded: messageIds, failed: [] };

  if ('functionError' in result) return allFailed(result.functionError);
  if (!reportBatchItemFailures) return allSucceeded;

  const reported = reportedFailures(result.payload);
  if (typeof reported === 'string') return allFailed(reported);
  const unknown = reported.find((id) => !messageIds.includes(id));
  if (unknown !== undefined) {
    return allFailed(`The function reported ${unknown}, which is not in the batch.`);
  }
  if (reported.length === 0) return allSucceeded;
  return {
    succeeded: messageIds.filter((id) => !reported.includes(id)),
    failed: messageIds.filter((id) => reported.includes(id)),
    reason: 'The function reported these messages as failed.',
  };
};

/** The reported ids, or the sentence why the answer fails the whole batch. */
const reportedFailures = (payload: string): readonly string[] | string => {
  // "An empty EventResponse", "a null EventResponse": success.
  if (payload.trim() === '') return [];
  let response: unknown;
  try {
    response = JSON.parse(payload);
  } catch {
    return 'The function answered with invalid JSON.';
  }
  if (response === null) return [];
  // The guide is silent on text, numbers and lists; none of them is the EventResponse it asks for.
  if (typeof response !== 'object' || Array.isArray(response)) {
    return 'The function answered with something other than an object.';
  }

  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return 'batchItemFailures is not a list.';
  const ids = failures.map(
    (failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier,
  );
  const valid = ids.every((id): id is string => typeof id === 'string' && id !== '');
  return valid ? ids : 'A batch item failure has no itemIdentifier, or an empty one.';
};
