/** One line of the project, broken on purpose. */

export interface Mutation {
  /** What is taken away. */
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Begins the paths of the tests that notice; they are tried before all others. */
  readonly attackedBy?: readonly string[];
}

export const nameOf = ({ file, name }: Mutation): string => `${file}: ${name}`;

/** Mutations of one file, which the same tests attack. */
export const inFile =
  (file: string, ...tests: readonly string[]) =>
  (name: string, find: string, replace: string): Mutation => ({
    ...{ name, file, find, replace },
    ...(tests.length === 0 ? {} : { attackedBy: tests.map((test) => `test/${test}`) }),
  });
