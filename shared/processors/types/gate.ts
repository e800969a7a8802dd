/** Whether nothing else may be done with a file before its type was judged: where a wrong one has consequences. */
import type { UploadOptions } from '../../domain/upload-options.ts';

export const isTypeGate = ({ typePolicy = 'accept' }: UploadOptions): boolean =>
  typePolicy !== 'accept';
