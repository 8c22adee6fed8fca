import type { VNode } from 'preact';
import type { DocumentSession } from '../session/document-session';
import { EditorPane } from './editor-pane';
import { Home } from './home';
import { Notices } from './notices';
import { useObservable, useSteady } from './observe';
import type { Place } from './open-place';
import type { Shell } from './shell';
import { StatusBar } from './status-bar';
import { TitleBar } from './title-bar';
import { Waiting } from './waiting';

/** Everything right of the documents. */
export function MainPane({ shell, isOutOfReach }: { readonly shell: Shell; readonly isOutOfReach: boolean }): VNode {
  const place = shell.place.value;
  return (
    <main class="main-pane" aria-label="Document" inert={isOutOfReach}>
      <TitleBar shell={shell} />
      <Notices shell={shell} />
      {place.type === 'document' && <OpenDocument key={place.session} shell={shell} place={place} />}
      {place.type === 'opening' && <Waiting shell={shell} address={place.address} />}
      {place.type === 'failed' && <Waiting shell={shell} address={place.address} failure={place.reason} />}
      {place.type === 'home' && <Home shell={shell} />}
      <StatusBar shell={shell} />
    </main>
  );
}

function OpenDocument({ shell, place }: { readonly shell: Shell; readonly place: Extract<Place, { type: 'document' }> }): VNode {
  const { session } = place;
  const status = useObservable(session.status);
  const loaded = useSteady(() => status.value.loaded);
  return loaded ? <EditorPane shell={shell} session={session} people={place.people} /> : <Awaited shell={shell} session={session} />;
}

/** Known by its address alone so far. */
function Awaited({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const { connection } = useObservable(session.status).value;
  return (
    <Waiting shell={shell} address={session.address} connection={connection} retry={() => session.retry()} begin={() => session.begin()} />
  );
}
