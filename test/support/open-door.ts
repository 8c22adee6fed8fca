import { Access } from '../../server/access/access';
import { AttemptsPerMinute } from '../../server/access/attempts-per-minute';
import { LiveGrants } from '../../server/access/live-grants';
import { openAccess } from '../../server/access/open-access';
import type { Clock, Log } from '../../server/rooms/ports';

/** Access for transports under test that let everybody in. */
export function openDoor({ clock, log }: { clock: Clock; log: Log }): Access {
  return new Access({ authoriser: openAccess, live: new LiveGrants({ clock, log }), failures: new AttemptsPerMinute(1), clock });
}
