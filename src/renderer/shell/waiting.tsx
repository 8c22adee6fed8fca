import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Connection } from '../session/status';
import type { Shell } from './shell';

/** Below this time a document is simply there; a flash of “opening” would only disturb. */
const WORTH_SAYING_MS = 250;

interface WaitingProps {
  readonly shell: Shell;
  readonly address: DocumentAddress;
  readonly connection?: Connection;
  readonly failure?: string;
  readonly retry?: () => void;
}

/** A document whose text is not complete yet: never shown as empty. Where nothing will come by itself, what to do. */
export function Waiting({ shell, address, connection, failure, retry }: WaitingProps): VNode {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), WORTH_SAYING_MS);
    return () => clearTimeout(timer);
  }, []);
  const host = new URL(address.relay).host;
  if (failure !== undefined) {
    return <Stopped sentence={failure} action="Try again" onAction={() => void shell.open(address)} />;
  }
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
