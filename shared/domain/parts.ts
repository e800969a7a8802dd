/** How a file is cut into parts: known from its size alone, so that a part can be signed for exactly its bytes. */

const MiB = 1024 ** 2;

/** What one form post, like one part, may carry to S3. Larger files go in parts. */
export const MAX_POST_BYTES = 5 * 1024 ** 3;
/**
 * 5 TiB, S3's limit of an object for most of its life, in as many parts of at most `MAX_POST_BYTES`
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). S3 says 48.8 TiB since December 2025; other
 * stores that speak its language do not.
 */
export const MAX_FILE_BYTES = 5 * 1024 ** 4;

/** S3 takes no smaller part but the last. */
export const SMALLEST_PART_BYTES = 5 * MiB;
/** And no more of them. */
const MOST_PARTS = 10_000;

/** Life of a part's address; a client asks again for what it has not sent by then. */
export const PART_URL_SECONDS = 60 * 60;
/** From the creation of an upload: how long its parts may take. The bucket drops unfinished parts a day after they were begun. */
export const PARTS_MS = 24 * 60 * 60 * 1000;

export interface PartSizes {
  readonly partSize: number;
  readonly count: number;
}

/** The least that S3 allows, as clients of S3 choose it too. An empty file is one empty part. */
export const partSizesOf = (size: number): PartSizes => {
  const partSize = Math.max(SMALLEST_PART_BYTES, Math.ceil(size / MOST_PARTS));
  return { partSize, count: Math.max(1, Math.ceil(size / partSize)) };
};

/** Bytes of one part; undefined for a number that the file has no part of. */
export const sizeOfPart = (size: number, partNumber: number): number | undefined => {
  const { partSize, count } = partSizesOf(size);
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > count) return undefined;
  return Math.min(partSize, size - (partNumber - 1) * partSize);
};
