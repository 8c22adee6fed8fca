/** What a relay's access mode makes of a secret: the one place where links, tokens and open access meet. */
import { Rejected } from '../../src/shared/protocol/rejections';
import type { Authoriser } from './grants';
import { openAccess } from './open-access';
import { isToken } from './tokens';

export type AccessMode = 'open' | 'links';

export interface AuthoriserParts {
  readonly links: Authoriser;
  /** `undefined`: this relay takes none, and one is as wrong as any other unknown secret. */
  readonly tokens: Authoriser | undefined;
}

export function authoriserOf(mode: AccessMode, { links, tokens }: AuthoriserParts): Authoriser {
  const closed: Authoriser = {
    authorise: (secret, document) =>
      secret !== undefined && tokens !== undefined && isToken(secret)
        ? tokens.authorise(secret, document)
        : links.authorise(secret, document),
  };
  return mode === 'links' ? closed : ownersAmongAll(links);
}

/** Under open access everyone is an editor, and the owner's secret is still the owner's. */
function ownersAmongAll(links: Authoriser): Authoriser {
  return {
    async authorise(secret, document) {
      const everyone = await openAccess.authorise(secret, document);
      if (secret === undefined) return everyone;
      try {
        const grant = await links.authorise(secret, document);
        return grant.isOwner ? grant : everyone;
      } catch (error) {
        if (error instanceof Rejected) return everyone;
        throw error;
      }
    },
  };
}
