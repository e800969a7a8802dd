/** The static rules on buckets. */
import { describe, expect, it } from 'vitest';
import {
  deniesPlainHttp,
  list,
  type Properties,
  referenced,
  statementsOf,
  type Template,
} from '../support/compiled-template.ts';

/** `template` is asked only inside the tests, when it has been compiled. */
/** They sign the user's own upload, or put its parts together. */
const SIGN_UPLOADS: ReadonlySet<string> = new Set([
  'CreateUploadRole',
  'CreateUploadGroupRole',
  'UploadPartsRole',
]);

export const describeBuckets = (template: () => Template) =>
  describe('buckets', () => {
    const bucket = 'AWS::S3::Bucket';

    it('are private in all four ways', () => {
      expect(
        template().breaking(bucket, 'public', ({ PublicAccessBlockConfiguration: block = {} }) =>
          [
            'BlockPublicAcls',
            'BlockPublicPolicy',
            'IgnorePublicAcls',
            'RestrictPublicBuckets',
          ].every((way) => block[way] === true),
        ),
      ).toEqual([]);
    });

    it('are encrypted and refuse plain HTTP', () => {
      expect(
        template().breaking(
          bucket,
          'encrypted',
          ({ BucketEncryption }, id) =>
            BucketEncryption?.ServerSideEncryptionConfiguration?.[0] !== undefined &&
            deniesPlainHttp(template().policiesOf('AWS::S3::BucketPolicy', 'Bucket', id)),
        ),
      ).toEqual([]);
    });

    it('keep versions', () => {
      expect(
        template().breaking(
          bucket,
          'versioning',
          ({ VersioningConfiguration }) => VersioningConfiguration?.Status === 'Enabled',
        ),
      ).toEqual([]);
    });

    it('log who touched them', () => {
      expect(
        template().breaking(
          bucket,
          'access-log',
          ({ LoggingConfiguration }) =>
            referenced(LoggingConfiguration?.DestinationBucketName) === 'AccessLogsBucket',
        ),
      ).toEqual([]);
    });

    it('announce only a prefix that no function may write, but the one that makes children, which have none', () => {
      const rules =
        template().resources.UploadsBucket?.Properties.NotificationConfiguration.QueueConfigurations.flatMap(
          ({ Filter }: Properties) => Filter.S3Key.Rules,
        );
      const statements = template()
        .ofType('AWS::IAM::Role')
        .filter(([id]) => !SIGN_UPLOADS.has(id))
        .flatMap(([id, { Properties }]) =>
          statementsOf(Properties).map((statement): Properties => ({ id, ...statement })),
        )
        .filter(({ Action }: Properties) => list(Action).includes('s3:PutObject'));
      const resourcesOf = (chosen: readonly Properties[]) =>
        chosen.flatMap(({ Resource }) => list(Resource).map((resource) => resource['Fn::Sub']));
      const makers = statements.filter(({ Sid }: Properties) => Sid === 'PutChildren');
      const written = resourcesOf(statements.filter((statement) => !makers.includes(statement)));

      expect(rules).toEqual([{ Name: 'prefix', Value: 'incoming/' }]);
      expect(written.length).toBeGreaterThan(0);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholder
      expect(new Set(written)).toEqual(new Set(['${ResultsBucket.Arn}/results/*']));
      expect(makers.map(({ id }: Properties) => id)).toEqual(['WorkHeavyRole']);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholder
      expect(resourcesOf(makers)).toEqual(['${UploadsBucket.Arn}/incoming/*']);
    });

    it('end unfinished multipart uploads after a day', () => {
      for (const id of ['UploadsBucket', 'ResultsBucket']) {
        expect(
          JSON.stringify(template().resources[id]?.Properties.LifecycleConfiguration),
        ).toContain('"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":1}');
      }
    });
  });
