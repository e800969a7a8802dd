/**
 * List prices of us-east-1 in USD, as of November 2026, per million unless said otherwise; the pages of each service on
 * aws.amazon.com have them. S3's are those of the standard class.
 */
export const PRICES = {
  httpApi: 1.0,
  lambdaRequests: 0.2,
  /** Per GB and second, arm64. */
  lambdaGbSecond: 0.0000133334,
  sqs: 0.4,
  dynamodbWrites: 0.625,
  dynamodbReads: 0.125,
  s3Gets: 0.4,
  s3Puts: 5.0,
  /** ElastiCache Serverless for Valkey: one command on less than 1 KB is one ECPU. */
  redis: 0.0023,
  /** Per GB taken in. */
  logs: 0.5,
} as const;
