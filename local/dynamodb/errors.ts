/** Errors of DynamoDB as the AWS JSON 1.0 protocol spells them. */

const modelled = 'com.amazonaws.dynamodb.v20120810';
const inFront = 'com.amazon.coral.service';

/** Name → [namespace, HTTP status]. */
const errorShapes = {
  ConditionalCheckFailedException: [modelled, 400],
  IdempotentParameterMismatchException: [modelled, 400],
  InternalServerError: [modelled, 500],
  ProvisionedThroughputExceededException: [modelled, 400],
  RequestLimitExceeded: [modelled, 400],
  TransactionCanceledException: [modelled, 400],
  TransactionConflictException: [modelled, 400],
  MissingAuthenticationTokenException: [inFront, 400],
  RequestEntityTooLargeException: [inFront, 413],
  SerializationException: [inFront, 400],
  UnknownOperationException: [inFront, 400],
  UnrecognizedClientException: [inFront, 400],
  ValidationException: ['com.amazon.coral.validate', 400],
} as const satisfies Record<string, readonly [string, number]>;

export type DynamodbErrorName = keyof typeof errorShapes;

/** A refusal. `members` go beside the message, such as `CancellationReasons`. */
export class DynamodbError extends Error {
  override readonly name: DynamodbErrorName;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    name: DynamodbErrorName,
    sentence: string,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(sentence);
    this.name = name;
    this.members = members;
  }
}

export const renderError = ({ name, message, members }: DynamodbError) => {
  const [namespace, status] = errorShapes[name];
  return { status, body: JSON.stringify({ __type: `${namespace}#${name}`, message, ...members }) };
};
