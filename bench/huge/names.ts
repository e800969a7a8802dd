/** The buckets of the bench. */
export const UPLOADS = 'uploads';
export const RESULTS = 'results';
