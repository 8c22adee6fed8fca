/**
 * The little that a window remembers beside its documents: `localStorage`, which a browser may not let a page have. Even to look
 * at it throws then, and so does writing when there is no room.
 *
 * R1  Never throws: what cannot be kept is remembered as long as the page is there.
 */
const inThisPage = new Map<string, string | null>();

export const smallStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = {
  getItem(name) {
    const known = inThisPage.get(name);
    if (known !== undefined) return known;
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  setItem(name, value) {
    try {
      localStorage.setItem(name, value);
      inThisPage.delete(name);
    } catch {
      inThisPage.set(name, value);
    }
  },
  removeItem(name) {
    try {
      localStorage.removeItem(name);
      inThisPage.delete(name);
    } catch {
      inThisPage.set(name, null);
    }
  },
};
