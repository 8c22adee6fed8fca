import type { StreamParts } from './event-reader';
import type { OpenStream } from './event-stream';
import { Feed } from './feed';
import { ownStreams } from './own-streams';

/** Streams that share one connection for each relay; the few that cannot have one of their own. */
export function feedStreams(parts: StreamParts): OpenStream {
  const feeds = new Map<string, Feed>();
  const openOwn = ownStreams(parts);
  return (request, watcher) => {
    const { relay } = request;
    let feed = feeds.get(relay);
    if (feed === undefined) {
      feed = new Feed(relay, parts, () => feeds.delete(relay));
      feeds.set(relay, feed);
    }
    return feed.open(request, watcher) ?? openOwn(request, watcher);
  };
}
