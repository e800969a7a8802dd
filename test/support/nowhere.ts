/** The environment in which a file of functions/ can be imported: it builds its clients then, and none of them is ever used. */
export const NOWHERE = {
  STAGE: 'test',
  LOG_LEVEL: 'error',
  TABLE_NAME: 'nowhere',
  UPLOADS_BUCKET: 'nowhere',
  RESULTS_BUCKET: 'nowhere',
  UPLOAD_EVENTS_QUEUE_URL: 'http://127.0.0.1:1/nowhere',
  LIGHT_QUEUE_URL: 'http://127.0.0.1:1/nowhere',
  HEAVY_QUEUE_URL: 'http://127.0.0.1:1/nowhere',
  FINALIZE_QUEUE_URL: 'http://127.0.0.1:1/nowhere',
  NOTIFICATIONS_QUEUE_URL: 'http://127.0.0.1:1/nowhere',
  DELETIONS_QUEUE_URL: 'http://127.0.0.1:1/nowhere',
  WEBHOOKS_QUEUE_URL: 'http://127.0.0.1:1/nowhere',
  REDIS_URL: 'redis://127.0.0.1:1',
  STATIC_SESSION_SHA256: '',
  AWS_REGION: 'eu-central-1',
} as const;
