/** Reads a bucket's notification configuration and decides which queues an event goes to. */
import { randomUUID } from 'node:crypto';
import { invalidArgument, notImplemented } from './errors.ts';
import { childText, childTexts, parseXml, tag, type XmlElement, xmlDocument } from './xml.ts';

export interface QueueConfiguration {
  readonly id: string;
  readonly queueArn: string;
  /** Such as `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

const ROOT = 'NotificationConfiguration';

const supportedEvents: ReadonlySet<string> = new Set([
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
]);

const readFilter = (configuration: XmlElement): { prefix: string; suffix: string } => {
  const filter = { prefix: '', suffix: '' };
  const [s3Key] = configuration.children.get('Filter')?.[0]?.children.get('S3Key') ?? [];
  for (const rule of s3Key?.children.get('FilterRule') ?? []) {
    const name = childText(rule, 'Name')?.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw invalidArgument('filter rule name must be either prefix or suffix');
    }
    filter[name] = childText(rule, 'Value') ?? '';
  }
  return filter;
};

const readQueue = (configuration: XmlElement): QueueConfiguration => {
  const queueArn = childText(configuration, 'Queue') ?? '';
  const events = childTexts(configuration, 'Event');
  if (!/^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(queueArn)) {
    throw invalidArgument('The ARN is not well formed', {
      ArgumentName: 'QueueArn',
      ArgumentValue: queueArn,
    });
  }
  const foreign = events.find((event) => !supportedEvents.has(event));
  if (foreign !== undefined) throw notImplemented(`notifications of ${foreign}`);
  if (events.length === 0) throw invalidArgument('The configuration names no event.');
  const id = childText(configuration, 'Id') ?? randomUUID();
  return { id, queueArn, events, ...readFilter(configuration) };
};

const startOneAnother = (one: string, other: string) =>
  one.startsWith(other) || other.startsWith(one);
const endOneAnother = (one: string, other: string) => one.endsWith(other) || other.endsWith(one);

const matchesPattern = (pattern: string, event: string): boolean =>
  pattern.endsWith('*') ? event.startsWith(pattern.slice(0, -1)) : pattern === event;

const overlap = (one: QueueConfiguration, other: QueueConfiguration): boolean =>
  startOneAnother(one.prefix, other.prefix) &&
  endOneAnother(one.suffix, other.suffix) &&
  one.events.some((left) =>
    other.events.some((right) => matchesPattern(left, right) || matchesPattern(right, left)),
  );

/** Throws for what AWS refuses (overlapping filters, malformed ARN) and for targets other than queues. */
export const readNotificationConfig = (source: string): readonly QueueConfiguration[] => {
  const { children } = parseXml(source, ROOT);
  for (const name of children.keys()) {
    if (name !== '#text' && name !== 'QueueConfiguration') {
      throw notImplemented(`the notification target ${name}`);
    }
  }
  const queues = (children.get('QueueConfiguration') ?? []).map(readQueue);
  for (const [at, one] of queues.entries()) {
    if (queues.slice(at + 1).some((other) => overlap(one, other))) {
      throw invalidArgument(
        'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
      );
    }
  }
  return queues;
};

/** The stored form, in which every configuration has its id. */
export const writeNotificationConfig = (queues: readonly QueueConfiguration[]): string =>
  xmlDocument(
    ROOT,
    queues.map(({ id, queueArn, events, prefix, suffix }) => {
      const rules = Object.entries({ Prefix: prefix, Suffix: suffix })
        .filter(([, value]) => value !== '')
        .map(([name, value]) => tag('FilterRule', [tag('Name', name), tag('Value', value)]));
      return tag('QueueConfiguration', [
        tag('Id', id),
        tag('Queue', queueArn),
        events.map((event) => tag('Event', event)),
        rules.length > 0 ? tag('Filter', tag('S3Key', rules)) : undefined,
      ]);
    }),
  );

/** `event` without the `s3:` prefix, as it stands in records. */
export const wants = (
  { events, prefix, suffix }: QueueConfiguration,
  event: string,
  key: string,
): boolean =>
  key.startsWith(prefix) &&
  key.endsWith(suffix) &&
  events.some((pattern) => matchesPattern(pattern, `s3:${event}`));
