/** One suite for the twins of a port: the one in memory and the real one keep the same promises. */
import { afterAll, beforeAll, describe } from 'vitest';

/** `close` undoes whatever a twin needed. */
type Twin<Stores> = Stores & { readonly close?: () => Promise<void> };

/** @param title with `%s` for the twin's name. @param tests is given what answers the stores once tests run. */
export const describeTwins = <Stores extends object>(
  title: string,
  twins: Readonly<Record<string, () => Promise<Twin<Stores>>>>,
  tests: (stores: () => Stores) => void,
): void => {
  describe.each(Object.entries(twins))(title, (_name, open) => {
    let opened: Twin<Stores>;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close?.());

    tests(() => opened);
  });
};
