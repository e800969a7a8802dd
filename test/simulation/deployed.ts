/** The functions that are more than a line of wiring, as they are deployed: `createHandler` of each file in functions/. */
import { NOWHERE } from '../support/nowhere.ts';

// A file in functions/ builds its clients when it is imported; none of them is ever used here.
for (const [name, value] of Object.entries(NOWHERE)) process.env[name] ??= value;

export const [
  deleteUpload,
  eraseUpload,
  finalize,
  getHistory,
  getResult,
  getUpload,
  listUploads,
  notify,
  sendWebhook,
  sweep,
  uploadParts,
] = await Promise.all([
  import('../../functions/delete-upload.ts'),
  import('../../functions/erase-upload.ts'),
  import('../../functions/finalize.ts'),
  import('../../functions/get-history.ts'),
  import('../../functions/get-result.ts'),
  import('../../functions/get-upload.ts'),
  import('../../functions/list-uploads.ts'),
  import('../../functions/notify.ts'),
  import('../../functions/send-webhook.ts'),
  import('../../functions/sweep.ts'),
  import('../../functions/upload-parts.ts'),
]);
