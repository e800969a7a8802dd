/** Works through a list, a few at a time. */

/** Conditional writes at once; a request has ten seconds for a hundred of them. */
const AT_ONCE = 10;

/** @returns what each came to, in the order of the list. @throws what the first of them threw. */
export const inTurns = async <In, Out>(
  all: readonly In[],
  work: (one: In, index: number) => Promise<Out>,
): Promise<readonly Out[]> => {
  const done: Out[] = [];
  for (let first = 0; first < all.length; first += AT_ONCE) {
    const some = all.slice(first, first + AT_ONCE);
    done.push(...(await Promise.all(some.map((one, offset) => work(one, first + offset)))));
  }
  return done;
};
