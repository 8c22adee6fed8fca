import { FileText, SquarePen } from 'lucide';
import type { VNode } from 'preact';
import { runCommand } from './commands';
import { Icon } from './icon';
import { Mark } from './mark';
import type { Shell } from './shell';

/** What a window shows without a document: an invitation, or the one thing that is in the way. */
export function Home({ shell }: { readonly shell: Shell }): VNode {
  const relay = shell.bundledRelay.value;
  const isBundled = shell.defaultRelay.value === shell.relays.bundledAddress.value;
  const isStopped = relay.status === 'failed' && isBundled;
  const isReady = shell.defaultRelay.value !== undefined;
  return (
    <div class="home">
      <Mark size={56} />
      <h1>Write together.</h1>
      {isReady && !isStopped && <p>Start a document, share a link, and whoever has it reads or writes along. No account.</p>}
      {isStopped && <p role="alert">The relay on this computer does not start: {relay.reason}</p>}
      {!isReady && relay.status === 'none' && <p>There is no relay on this computer. Paste a link to open its document.</p>}
      {!isReady && (relay.status === 'starting' || relay.status === 'restarting') && (
        <p role="status">Starting the relay on this computer…</p>
      )}
      <div class="home-ways">
        {isStopped ? (
          <button type="button" class="button main" onClick={() => void shell.parts.bridge.restartRelay()}>
            Start it again
          </button>
        ) : (
          <>
            <button type="button" class="button main" disabled={!isReady} onClick={() => runCommand(shell, 'new-document')}>
              <Icon node={SquarePen} />
              New document
            </button>
            <button type="button" class="button" disabled={!isReady} onClick={() => runCommand(shell, 'open-file')}>
              <Icon node={FileText} />
              Open a text file…
            </button>
          </>
        )}
      </div>
      {isReady && !isStopped && <p class="home-hint">You can also drop a text file or a link here.</p>}
    </div>
  );
}
