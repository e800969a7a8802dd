/** A call about a bucket that this function was not given is a mistake of its wiring. */
export const given = (bucket: string | undefined): string => {
  if (bucket === undefined)
    throw new Error('This function was not given the bucket it asks about.');
  return bucket;
};
