/** A lock that many may share or one may have alone; first come, first served. */

export type SharedLock = {
  readonly shared: <T>(act: () => Promise<T>) => Promise<T>;
  readonly exclusive: <T>(act: () => Promise<T>) => Promise<T>;
};

type Waiter = { readonly alone: boolean; readonly enter: () => void };

export const createSharedLock = (): SharedLock => {
  const waiting: Waiter[] = [];
  let inside = 0;
  let insideAlone = false;

  const mayEnter = (alone: boolean) => (alone ? inside === 0 : !insideAlone);

  const admit = () => {
    for (let next = waiting[0]; next && mayEnter(next.alone); next = waiting[0]) {
      waiting.shift();
      inside += 1;
      insideAlone = next.alone;
      next.enter();
    }
  };

  const hold = async <T>(alone: boolean, act: () => Promise<T>): Promise<T> => {
    await new Promise<void>((enter) => {
      waiting.push({ alone, enter });
      admit();
    });
    try {
      return await act();
    } finally {
      inside -= 1;
      if (inside === 0) insideAlone = false;
      admit();
    }
  };

  return { shared: (act) => hold(false, act), exclusive: (act) => hold(true, act) };
};
