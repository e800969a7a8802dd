/** Programs that tests may do without on a user's machine, and may not on one that decides what lands. */

/**
 * Whether tests of a program are skipped because there is none.
 * @throws Error instead where `SKIP_NOTHING` is set: nothing is left out quietly there.
 */
export const isAbsent = (program: string | undefined, name: string): boolean => {
  if (program !== undefined) return false;
  if (!process.env.SKIP_NOTHING) return true;
  throw new Error(`There is no ${name} on this machine, and SKIP_NOTHING is set.`);
};
