/** What the examples of the OpenAPI document show; each is checked against its schema by a test. */

export const SAMPLE_ID = 'upl_5r2k8xw4m1v7c9n3q6t0b8y2ze';
export const SAMPLE_GROUP_ID = 'grp_3m7q1v5x9c2n6b0k4w8t1r5y9z';
export const SAMPLE_DIGEST = 'a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447';

const declared = { name: 'hello.txt', size: 12, type: 'text/plain', sha256: SAMPLE_DIGEST };

export const SAMPLE_AWAITING = {
  id: SAMPLE_ID,
  state: 'awaiting_upload',
  rev: 1,
  generation: 0,
  createdAt: '2026-01-01T09:00:00.000Z',
  updatedAt: '2026-01-01T09:00:00.000Z',
  declared,
  steps: [],
  progress: 0,
} as const;

export const SAMPLE_COMPLETED = {
  ...SAMPLE_AWAITING,
  state: 'completed',
  rev: 7,
  generation: 1,
  updatedAt: '2026-01-01T09:00:02.140Z',
  endedAt: '2026-01-01T09:00:02.140Z',
  size: 12,
  detectedType: 'text/plain',
  steps: [
    {
      name: 'sha256-digest',
      version: 1,
      lane: 'light',
      needs: [],
      state: 'succeeded',
      attempts: 1,
      startedAt: '2026-01-01T09:00:01.000Z',
      endedAt: '2026-01-01T09:00:01.020Z',
      durationMs: 20,
      outcome: { sha256: SAMPLE_DIGEST },
      files: [],
    },
  ],
  progress: 100,
} as const;

const SAMPLE_LISTING = {
  name: 'entries.jsonl',
  size: 86,
  contentType: 'application/x-ndjson',
  href: `/uploads/${SAMPLE_ID}/results/archive-listing/entries.jsonl`,
} as const;

export const SAMPLE_RESULTS = {
  id: SAMPLE_ID,
  state: 'completed',
  generation: 1,
  manifest: {
    name: 'manifest.json',
    contentType: 'application/json',
    href: `/uploads/${SAMPLE_ID}/manifest`,
  },
  steps: [
    {
      name: 'archive-listing',
      version: 1,
      state: 'succeeded',
      outcome: { entries: 1 },
      files: [SAMPLE_LISTING],
    },
  ],
} as const;

export const SAMPLE_LINK = {
  url: `https://results.s3.eu-central-1.amazonaws.com/results/${SAMPLE_ID}/1/archive-listing/entries.jsonl?X-Amz-Signature=a9b1`,
  expiresAt: '2026-01-01T09:01:00.000Z',
  fileName: 'a.zip.entries.jsonl',
  contentType: 'application/x-ndjson',
  size: 86,
} as const;

export const SAMPLE_CHILD = {
  ...SAMPLE_COMPLETED,
  id: 'upl_0q4s8v1y6b3e9h2k7n5r0t4w8z',
  declared: { name: 'letters/hello.txt', size: 12, type: 'application/octet-stream' },
  parent: SAMPLE_ID,
} as const;

const SAMPLE_FORM = {
  url: 'https://uploads.s3.eu-central-1.amazonaws.com/',
  fields: { key: `incoming/acme/${SAMPLE_ID}`, 'Content-Type': 'text/plain', Policy: 'eyJleHBpc…' },
} as const;

export const SAMPLE_CREATED = {
  upload: SAMPLE_AWAITING,
  statusUrl: `/uploads/${SAMPLE_ID}`,
  post: SAMPLE_FORM,
  expiresAt: '2026-01-01T09:15:00.000Z',
} as const;

export const SAMPLE_WEBHOOK_ID = 'whk_05r2k8xw4m1v7c9n3q6t0b8y2ze';
export const SAMPLE_DELIVERY_ID = `msg_20260101T090002140Z_${SAMPLE_ID}_1`;

export const SAMPLE_WEBHOOK = {
  id: SAMPLE_WEBHOOK_ID,
  url: 'https://example.org/sluice',
  events: ['upload.completed', 'upload.failed'],
  enabled: true,
  createdAt: '2026-01-01T08:00:00.000Z',
} as const;

export const SAMPLE_SECRET = 'whsec_YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcyEhISE=';

export const SAMPLE_DELIVERY = {
  id: SAMPLE_DELIVERY_ID,
  event: 'upload.completed',
  state: 'delivered',
  createdAt: '2026-01-01T09:00:02.200Z',
  endedAt: '2026-01-01T09:00:02.310Z',
  attempts: [{ at: '2026-01-01T09:00:02.240Z', durationMs: 70, status: 204 }],
  payload: `{"type":"upload.completed","timestamp":"2026-01-01T09:00:02.140Z","data":{"id":"${SAMPLE_ID}","state":"completed","generation":1,"user":"ann@example.org","endedAt":"2026-01-01T09:00:02.140Z","href":"/uploads/${SAMPLE_ID}"}}`,
} as const;
