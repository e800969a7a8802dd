/** Errors of SQS as the AWS JSON 1.0 protocol spells them. */

/**
 * Modelled shape name → [query-protocol code, HTTP status].
 * The SDK reads the name from the body and the older code from the x-amzn-query-error header.
 */
const errorShapes = {
  BatchEntryIdsNotDistinct: ['AWS.SimpleQueueService.BatchEntryIdsNotDistinct', 400],
  BatchRequestTooLong: ['AWS.SimpleQueueService.BatchRequestTooLong', 400],
  EmptyBatchRequest: ['AWS.SimpleQueueService.EmptyBatchRequest', 400],
  InvalidAddress: ['InvalidAddress', 404],
  InvalidAttributeName: ['InvalidAttributeName', 400],
  InvalidAttributeValue: ['InvalidAttributeValue', 400],
  InvalidBatchEntryId: ['AWS.SimpleQueueService.InvalidBatchEntryId', 400],
  InvalidMessageContents: ['InvalidMessageContents', 400],
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  MessageNotInflight: ['AWS.SimpleQueueService.MessageNotInflight', 400],
  MissingRequiredParameterException: ['MissingParameter', 400],
  OverLimit: ['OverLimit', 403],
  QueueDoesNotExist: ['AWS.SimpleQueueService.NonExistentQueue', 400],
  QueueNameExists: ['QueueAlreadyExists', 400],
  ReceiptHandleIsInvalid: ['ReceiptHandleIsInvalid', 404],
  ResourceNotFoundException: ['ResourceNotFoundException', 404],
  TooManyEntriesInBatchRequest: ['AWS.SimpleQueueService.TooManyEntriesInBatchRequest', 400],
  UnsupportedOperation: ['AWS.SimpleQueueService.UnsupportedOperation', 400],
  // Not modelled in the SDK, sent by the layer in front of SQS.
  InvalidClientTokenId: ['InvalidClientTokenId', 403],
  MissingAuthenticationToken: ['MissingAuthenticationToken', 403],
  RequestEntityTooLarge: ['RequestEntityTooLarge', 413],
  UnknownOperationException: ['InvalidAction', 400],
} as const satisfies Record<string, readonly [string, number]>;

export type SqsErrorName = keyof typeof errorShapes;

/** A refusal the caller caused. `queryCode` is what a batch entry's `Code` carries. */
export class SqsError extends Error {
  override readonly name: SqsErrorName;
  readonly queryCode: string;
  readonly status: number;

  constructor(name: SqsErrorName, sentence: string) {
    super(sentence);
    this.name = name;
    [this.queryCode, this.status] = errorShapes[name];
  }
}
