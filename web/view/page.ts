/** The fixed places of `index.html`. */

/** @throws Error when the page and its script are not of one version. */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no place "${id}". Reload it.`);
  return found;
};

export const inputById = (id: string): HTMLInputElement => {
  const found = byId(id);
  if (found instanceof HTMLInputElement) return found;
  throw new Error(`The place "${id}" of the page takes no files. Reload it.`);
};
