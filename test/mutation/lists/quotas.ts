/** What a tenant may have on its way. */
import { inFile, type Mutation } from '../mutation.ts';

const TESTS = ['unit/usecases/tenant-', 'integration/adapters-dynamo'] as const;
const quota = inFile('shared/domain/quota.ts', ...TESTS);
const admit = inFile('shared/usecases/admit-uploads.ts', ...TESTS);
const reservations = inFile(
  'shared/adapters/aws/dynamo-tenant-quotas.ts',
  'integration/adapters-dynamo',
);

export const quotas: readonly Mutation[] = [
  reservations(
    'more bytes are held than fit',
    "      '(attribute_not_exists(bytes) OR bytes <= :bytesLeft)',\n",
    '',
  ),
  reservations(
    'more uploads are held than fit',
    "      '(attribute_not_exists(uploads) OR uploads <= :uploadsLeft)',\n",
    '',
  ),
  reservations('an upload is held twice', '      ...absent,\n', ''),
  reservations(
    'a reservation is let go of twice',
    "    ConditionExpression: names.map((name) => `attribute_exists(${name})`).join(' AND '),\n",
    '',
  ),
  quota(
    'an upload that waits no more keeps its room',
    "upload.state === 'awaiting_upload' && now < ",
    'true || now < ',
  ),
  quota('an upload that nobody ends keeps its room for ever', ' && now < expiryDueAt(upload)', ''),
  quota(
    'a reservation without a row counts for ever',
    'return now < at + ROW_FOLLOWS_MS;',
    'return true;',
  ),
  quota(
    'an owner holds more than its share, if it asks often enough at once',
    '    Math.min(room[kind], all[kind] + Math.max(share[kind] - own[kind], more[kind]));',
    '    room[kind];',
  ),
  quota(
    'an owner whose only file is larger than a share never sends it',
    'room.share === undefined || isOnly)',
    'room.share === undefined)',
  ),
  admit(
    'a crowded tenant is looked through at every upload',
    'const first = isCrowded ? room : easy;',
    'const first = easy;',
  ),
  admit('what is held needs room again', 'freshOf(asked, held)', 'asked'),
  admit(
    'a full tenant asks its uploads every time',
    'if (Math.abs(now - settledAt) < SETTLE_PAUSE_MS) return held;',
    '',
  ),
];
