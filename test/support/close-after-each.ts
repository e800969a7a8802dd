/** Whatever a test opens is closed behind it, the last one first. */
import { afterEach } from 'vitest';

/** @returns the list to push onto. */
export const closeAfterEach = (): (() => Promise<unknown>)[] => {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  return open;
};
