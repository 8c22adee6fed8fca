import type { Authoriser } from './grants';

/** The key of every grant under open access. */
export const OPEN_KEY = 'open';

/** Open access: whoever knows a document's id may edit it, as with stock y-websocket servers. Secrets are not looked at. */
export const openAccess: Authoriser = {
  authorise: async (_secret, document) => ({ document, role: 'editor', isOwner: false, key: OPEN_KEY }),
};
