/** What clamd says at the end of a stream. */
import { NonRetryableError, RetryableError } from '../../domain/errors.ts';
import type { Scan } from '../../ports/malware-scanner.ts';

/** Signatures are named by whoever wrote them. */
const SIGNATURE_LENGTH = 200;

const FOUND = /^stream: (.+) FOUND$/;
const TOO_LARGE = /^INSTREAM size limit exceeded\b.*ERROR$/;

/**
 * @param reply one line, without its end
 * @throws NonRetryableError `over_budget` when its `StreamMaxLength` is reached; RetryableError `scanner_unavailable`
 * for every other error and for what is no answer to a stream.
 */
export const scanOf = (reply: string): Scan => {
  if (reply === 'stream: OK') return { verdict: 'clean' };
  const [, found] = FOUND.exec(reply) ?? [];
  if (found !== undefined) {
    const signature = found.replace(/[^\x20-\x7e]/g, ' ').slice(0, SIGNATURE_LENGTH);
    return { verdict: 'infected', signature };
  }
  if (TOO_LARGE.test(reply)) {
    const detail = 'It is larger than the malware scanner takes (StreamMaxLength).';
    throw new NonRetryableError('over_budget', { detail });
  }
  throw new RetryableError('scanner_unavailable', {
    cause: new Error(`clamd said: ${reply.slice(0, SIGNATURE_LENGTH)}`),
  });
};
