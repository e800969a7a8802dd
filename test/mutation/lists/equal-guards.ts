/** Guards without which all comes to the same, and why: they save a call, or tell the compiler what cannot be. */
const SAVES_A_READ = 'What is read or written without it comes to the same.';
const CANNOT_BE = 'It cannot be here; the compiler does not know.';

export const equalGuards: Readonly<Record<string, string>> = {
  "shared/domain/field-value.ts: if (zone === 'Z')": 'No other zone is read from it: 0 as well.',
  'shared/domain/part.ts: if (step === undefined)':
    'Then there is no number either, which no part has.',
  'shared/usecases/create-group.ts: if (created !== undefined)': SAVES_A_READ,
  'shared/usecases/create-group.ts: if (known !== undefined)': SAVES_A_READ,
  'shared/usecases/deliver-webhook.ts: if (failure === undefined && webhook.failing === undefined)':
    SAVES_A_READ,
  'shared/usecases/end-group.ts: if (standing === undefined || !hasEnded(standing))': CANNOT_BE,
  "shared/usecases/erase-upload.ts: if ('refused' in result)": CANNOT_BE,
  'shared/usecases/erase-upload.ts: if (upload.erasure?.hasChildren !== true)': SAVES_A_READ,
  "shared/usecases/finalize-upload.ts: if ('refused' in result)": CANNOT_BE,
  "shared/usecases/finish-upload.ts: if ('refused' in result)": CANNOT_BE,
  'shared/usecases/ingest-object.ts: if (key.uploadId === undefined && notice.sequencer !== undefined)':
    SAVES_A_READ,
  "shared/usecases/make-children.ts: if ('refused' in result)": CANNOT_BE,
  "shared/usecases/make-children.ts: if (answer.kind === 'written')": SAVES_A_READ,
  "shared/usecases/redrive-letters.ts: if (decision.action === 'leave')": CANNOT_BE,
  'shared/usecases/reuse-outcomes.ts: if (repeats === undefined)': SAVES_A_READ,
  'shared/usecases/reuse-outcomes.ts: if (step === undefined || reused.has(step.name))':
    'Two earlier outcomes of the same bytes are as good as each other.',
  'shared/usecases/shared-read.ts: if (live.length === 0)':
    'The source is closed as well when its last reader has let go.',
  'shared/usecases/upload-parts.ts: if (known !== undefined)': SAVES_A_READ,
};
