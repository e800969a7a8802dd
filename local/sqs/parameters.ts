/** Reads the parameters of an SQS request, with the refusals SQS gives. */
import { SqsError } from './errors.ts';
import { maxMessageAttributes, maxMessageBytes } from './limits.ts';
import { isBinary, type MessageAttributes, messageBytes, type Outgoing } from './message.ts';

export type Parameters = Readonly<Record<string, unknown>>;

type Range = { readonly min: number; readonly max: number };

export const isRecord = (value: unknown): value is Parameters =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (name: string, value: unknown, reason: string): SqsError =>
  new SqsError(
    'InvalidParameterValueException',
    `Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`,
  );

/** A text that must be there. */
export const text = (parameters: Parameters, name: string): string => {
  const value = optionalText(parameters, name);
  if (value !== undefined && value !== '') return value;
  throw new SqsError(
    'MissingRequiredParameterException',
    `The request must contain the parameter ${name}.`,
  );
};

export const optionalText = (parameters: Parameters, name: string): string | undefined => {
  const value = parameters[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(name, value, 'Must be a string.');
};

export const optionalInteger = (
  parameters: Parameters,
  name: string,
  { min, max }: Range,
): number | undefined => {
  const value = parameters[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw invalid(name, value, `Must be between ${min} and ${max}, if provided.`);
};

/** A list of texts; absent is empty. */
export const texts = (parameters: Parameters, name: string): readonly string[] => {
  const value = parameters[name] ?? [];
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw invalid(name, value, 'Must be a list of strings.');
};

/** A map of texts; absent is empty. */
export const textMap = (parameters: Parameters, name: string): Readonly<Record<string, string>> => {
  const value = parameters[name] ?? {};
  if (isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string')) {
    return value as Record<string, string>;
  }
  throw invalid(name, value, 'Must be a map of strings.');
};

/** What SendMessage and an entry of SendMessageBatch say about the message itself. */
export const outgoing = (parameters: Parameters): Outgoing => {
  const body = text(parameters, 'MessageBody');
  // Allowed: #x9 | #xA | #xD | #x20-#xD7FF | #xE000-#xFFFD | #x10000-#x10FFFF ("Message quotas").
  if (!/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(body)) {
    const sentence = 'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | ';
    throw new SqsError('InvalidMessageContents', `${sentence}#x20 to #xD7FF and above.`);
  }
  const groupId = optionalText(parameters, 'MessageGroupId');
  if (groupId !== undefined && !/^[!-~]{1,128}$/.test(groupId)) {
    throw invalid('MessageGroupId', groupId, 'Up to 128 alphanumeric or punctuation characters.');
  }
  if (parameters.MessageDeduplicationId !== undefined) {
    const reason = 'The request include parameter that is not valid for this queue type';
    throw invalid('MessageDeduplicationId', parameters.MessageDeduplicationId, reason);
  }
  const system = messageAttributes(parameters, 'MessageSystemAttributes');
  return {
    body,
    attributes: messageAttributes(parameters, 'MessageAttributes'),
    groupId,
    traceHeader: system.AWSTraceHeader?.StringValue,
  };
};

/** Throws where a message is larger than its queue takes. */
export const requireSize = (message: Outgoing, maxBytes = maxMessageBytes): void => {
  if (messageBytes(message) <= maxBytes) return;
  throw new SqsError(
    'InvalidParameterValueException',
    `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`,
  );
};

const messageAttributes = (parameters: Parameters, name: string): MessageAttributes => {
  const value = parameters[name] ?? {};
  if (!isRecord(value)) throw invalid(name, value, 'Must be a map.');
  const names = Object.keys(value);
  if (names.length > maxMessageAttributes) {
    const reason = `Number of message attributes [${names.length}] exceeds the allowed maximum [${maxMessageAttributes}].`;
    throw new SqsError('InvalidParameterValueException', reason);
  }
  for (const attributeName of names) checkAttribute(attributeName, value[attributeName]);
  return value as MessageAttributes;
};

const checkAttribute = (name: string, attribute: unknown): void => {
  const validName = /^(?!\.)(?!.*\.\.)(?!.*\.$)(?!(?:aws|amazon)\.)[A-Za-z0-9_.-]{1,256}$/i;
  if (!validName.test(name)) {
    throw invalid('MessageAttributes', name, 'The message attribute name is not allowed.');
  }
  const { DataType, StringValue, BinaryValue } = isRecord(attribute) ? attribute : {};
  if (typeof DataType !== 'string' || !/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
    const reason = 'The type of message attribute must be Binary, Number or String, with a suffix.';
    throw invalid(`MessageAttributes.${name}`, DataType, reason);
  }
  const value = isBinary({ DataType }) ? BinaryValue : StringValue;
  if (typeof value !== 'string' || value === '') {
    const reason = `The message attribute '${name}' must contain a non-empty value of type ${DataType}.`;
    throw new SqsError('InvalidParameterValueException', reason);
  }
  if (DataType.startsWith('Number') && !Number.isFinite(Number(value))) {
    const reason = `Can't cast the value of message (user) attribute '${name}' to a number.`;
    throw new SqsError('InvalidParameterValueException', reason);
  }
};
