/** The static rules on queues and their dead letters. */
import { describe, expect, it } from 'vitest';
import { CEILING, DEFAULT_BUDGET } from '../../shared/domain/budget.ts';
import { LANES, type Lane } from '../../shared/domain/plan.ts';
import { processors } from '../../shared/processors/registry.ts';
import {
  deniesPlainHttp,
  names,
  type Properties,
  referenced,
  type Template,
} from '../support/compiled-template.ts';

/** `template` is asked only inside the tests, when it has been compiled. */
export const describeQueues = (template: () => Template) =>
  describe('queues', () => {
    const isDeadLetterQueue = (id: string) =>
      template()
        .ofType('AWS::SQS::Queue')
        .some(
          ([, { Properties }]) => referenced(Properties.RedrivePolicy?.deadLetterTargetArn) === id,
        );

    it('hide a message at least six times as long as its function may run, plus the window', () => {
      expect(
        template().breaking('AWS::Lambda::EventSourceMapping', 'visibility', (mapping) => {
          const queue = template().resources[referenced(mapping.EventSourceArn)]?.Properties;
          const called = Object.keys(template().resources).find((id) =>
            names(mapping.FunctionName, id),
          );
          const timeout = template().resources[called ?? '']?.Properties.Timeout;
          return (
            queue?.VisibilityTimeout >= 6 * timeout + (mapping.MaximumBatchingWindowInSeconds ?? 0)
          );
        }),
      ).toEqual([]);
    });

    it('of the lanes have functions that may run as long as a step may take', () => {
      const roomSeconds = 30;
      const longestOf = (lane: Lane): number =>
        Math.max(
          CEILING.wallSeconds,
          ...processors
            .filter((processor) => processor.lane === lane || processor.split?.lane === lane)
            .map(({ budget }) => budget.wallSeconds ?? DEFAULT_BUDGET.wallSeconds),
        );
      const functions = {
        light: 'WorkDashlightLambdaFunction',
        heavy: 'WorkDashheavyLambdaFunction',
      };

      for (const lane of LANES) {
        const { Timeout } = template().resources[functions[lane]]?.Properties ?? {};
        expect(Timeout, lane).toBeGreaterThanOrEqual(longestOf(lane) + roomSeconds);
      }
    });

    it('are mapped with partial batch responses', () => {
      expect(
        template().breaking(
          'AWS::Lambda::EventSourceMapping',
          'partial',
          ({ FunctionResponseTypes }) => FunctionResponseTypes?.includes('ReportBatchItemFailures'),
        ),
      ).toEqual([]);
    });

    it('redrive after five receives or more, to a queue that keeps longer and takes only theirs', () => {
      expect(
        template().breaking('AWS::SQS::Queue', 'redrive', (properties, id) => {
          if (id === 'UnburiedQueue') return properties.MessageRetentionPeriod === 1_209_600;
          const dead =
            template().resources[referenced(properties.RedrivePolicy?.deadLetterTargetArn)]
              ?.Properties;
          return (
            properties.RedrivePolicy?.maxReceiveCount >= 5 &&
            dead?.MessageRetentionPeriod > properties.MessageRetentionPeriod &&
            dead?.RedriveAllowPolicy?.redrivePermission === 'byQueue' &&
            JSON.stringify(dead?.RedriveAllowPolicy.sourceQueueArns).includes(
              `:${properties.QueueName}"`,
            )
          );
        }),
      ).toEqual([]);
    });

    it('that hold the dead are all worked by bury, but for the last', () => {
      const worked = template().queuesOf('BuryLambdaFunction');
      const dead = template()
        .ofType('AWS::SQS::Queue')
        .map(([id]) => id)
        .filter(isDeadLetterQueue);

      expect(worked.toSorted()).toEqual(dead.filter((id) => id !== 'UnburiedQueue').toSorted());
    });

    it('are encrypted and refuse plain HTTP', () => {
      expect(
        template().breaking(
          'AWS::SQS::Queue',
          'closed',
          (properties, id) =>
            properties.SqsManagedSseEnabled === true &&
            deniesPlainHttp(template().policiesOf('AWS::SQS::QueuePolicy', 'Queues', id)),
        ),
      ).toEqual([]);
    });

    it('let nobody send by policy but our own bucket', () => {
      const allows = template()
        .ofType('AWS::SQS::QueuePolicy')
        .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Properties[])
        .filter(({ Effect }) => Effect === 'Allow');

      expect(allows).toHaveLength(1);
      expect(allows[0]).toMatchObject({
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      });
      expect(JSON.stringify(allows[0]?.Condition.ArnEquals)).toContain('-uploads-');
    });
  });
