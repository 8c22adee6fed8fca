import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DocumentAddress } from '../../shared/protocol/links';
import { type Connection, isShutOut } from '../session/status';
import { AnotherLinkField } from './another-link';
import type { Shell } from './shell';

/** Below this time a document is simply there; a flash of “opening” would only disturb. */
const WORTH_SAYING_MS = 250;

interface WaitingProps {
  readonly shell: Shell;
  readonly address: DocumentAddress;
  readonly connection?: Connection;
  readonly failure?: string;
  readonly retry?: () => void;
  readonly begin?: () => void;
}

/** A document whose text is not complete yet: never shown as empty. Where nothing will come by itself, what to do. */
export function Waiting({ shell, address, connection, failure, retry, begin }: WaitingProps): VNode {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), WORTH_SAYING_MS);
    return () => clearTimeout(timer);
  }, []);
  const host = new URL(address.relay).host;
  if (failure !== undefined) {
    return <Stopped sentence={failure} action="Try again" onAction={() => void shell.open(address)} />;
  }
  if (connection?.state === 'refused' && isShutOut(connection)) {
    return <ShutOut shell={shell} sentence={connection.reason} begin={connection.mayBegin ? begin : undefined} />;
  }
  if (connection?.state === 'needs-relay-key') return <NoLink shell={shell} host={host} />;
  if (connection?.state === 'refused') {
    return <Stopped sentence={connection.reason} action="Go to the start page" onAction={() => void shell.goHome()} />;
  }
  if (connection?.state === 'waiting') {
    const sentence = `This document is not on this device yet, and its relay at ${host} cannot be reached.`;
    return <Stopped sentence={sentence} action="Try again" onAction={() => retry?.()} />;
  }
  return (
    <div class="waiting" aria-busy="true" data-testid="loading">
      {isLong && (
        <>
          <div class="skeleton" aria-hidden="true">
            <i />
            <i />
            <i />
            <i />
            <i />
          </div>
          <p role="status">Opening…</p>
        </>
      )}
    </div>
  );
}

/** Nothing of the document is here, and no link opens it: another one may. Or there is no such document: then it is made when told so. */
function ShutOut({
  shell,
  sentence,
  begin,
}: {
  readonly shell: Shell;
  readonly sentence: string;
  readonly begin: (() => void) | undefined;
}): VNode {
  return (
    <div class="waiting">
      <div class="stopped" role="alert">
        <p>{sentence}</p>
        <AnotherLinkField shell={shell} />
        {begin !== undefined && (
          <button type="button" class="button quiet" onClick={begin}>
            Make a new document at this address
          </button>
        )}
      </div>
    </div>
  );
}

/** Whoever has a link has forgotten it; whoever has the key of the relay can make the document. */
function NoLink({ shell, host }: { readonly shell: Shell; readonly host: string }): VNode {
  return (
    <div class="waiting">
      <div class="stopped" role="alert">
        <p>This address alone opens nothing at {host}: paste the link of the document.</p>
        <AnotherLinkField shell={shell} />
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            shell.dialog.value = { type: 'relay-key' };
          }}
        >
          Make it with the key of the relay…
        </button>
      </div>
    </div>
  );
}

function Stopped(props: { readonly sentence: string; readonly action: string; readonly onAction: () => void }): VNode {
  return (
    <div class="waiting">
      <div class="stopped" role="alert">
        <p>{props.sentence}</p>
        <button type="button" class="button" onClick={props.onAction}>
          {props.action}
        </button>
      </div>
    </div>
  );
}
