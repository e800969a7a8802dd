/** Which tab of this browser sends an upload: two would send the same parts twice. */

const nameOf = (id: string): string => `sluice.upload.${id}`;

/** Secure origins only; elsewhere every tab is on its own. */
const findLocks = (): LockManager | undefined => navigator.locks;

/** Until it is let go of, or the tab is gone. @returns what lets go. */
export const claim = (id: string): (() => void) => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  findLocks()
    ?.request(nameOf(id), () => held)
    .catch((error: unknown) => reportError(error));
  return letGo;
};

export const isClaimed = async (id: string): Promise<boolean> => {
  const { held = [] } = (await findLocks()?.query()) ?? {};
  return held.some(({ name }) => name === nameOf(id));
};
