import { type ReadonlySignal, signal, useSignal } from '@preact/signals';
import { BookOpen } from 'lucide';
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Observable } from '../../shared/observable';
import type { EditorHandle } from '../editor/editor';
import type { DocumentSession } from '../session/document-session';
import type { SessionStatus } from '../session/status';
import { watchCalmly } from './calm-status';
import { useClock } from './clock';
import { WORRYING_MS } from './connection-news';
import { Icon } from './icon';
import { useObservable, useSteady } from './observe';
import type { Shell } from './shell';
import { connectionWords, readingWords, type TruthWords, truthWords } from './status-words';

/** Tells the truth about the document, in a line. */
export function StatusBar({ shell }: { readonly shell: Shell }): VNode {
  const place = shell.place.value;
  const editor = shell.editor.value;
  return (
    <footer class="status-bar">
      {place.type === 'document' && <Truth key={place.session} shell={shell} session={place.session} />}
      <RelayState shell={shell} />
      <span class="spring" />
      {editor !== undefined && <Counts shell={shell} editor={editor} />}
    </footer>
  );
}

function Truth({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const status = useCalmStatus(session.status);
  const seenUntil = useSeenUntil(session.status);
  const now = useClock();
  const { loaded, truth, isWorrying } = useSteady(() => truthAt(status.value, seenUntil, now.value));
  return (
    <>
      <button
        type="button"
        class={`truth ${truth.level}${isWorrying ? ' worrying' : ''}`}
        title={truth.explanation}
        hidden={!loaded}
        aria-haspopup="dialog"
        onClick={() => {
          shell.dialog.value = { type: 'doctor' };
        }}
      >
        {truth.level === 'reading' ? <Icon node={BookOpen} size={14} /> : <Steps level={truth.level} />}
        <span data-testid="status-truth">{truth.words}</span>
      </button>
      <ConnectionState shell={shell} session={session} />
    </>
  );
}

function truthAt(status: SessionStatus, seenUntil: number | undefined, now: number) {
  const { loaded, role, unsavedSince } = status;
  const isReading = role === 'viewer';
  return {
    loaded,
    truth: isReading ? readingWords(status, seenUntil, now) : truthWords(status, now),
    isWorrying: !isReading && unsavedSince !== undefined && now - unsavedSince > WORRYING_MS,
  };
}

function ConnectionState({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const status = useObservable(session.status);
  const now = useClock();
  const { state, words, tip } = useSteady(() => {
    const { connection } = status.value;
    return { state: connection.state, words: connectionWords(connection, now.value), tip: connectionTip(status.value) };
  });
  return (
    <>
      <button
        type="button"
        class={`connection is-${state}`}
        data-testid="status-connection"
        aria-haspopup="dialog"
        title={tip}
        onClick={() => {
          shell.dialog.value = { type: 'doctor' };
        }}
      >
        {words}
      </button>
      {state === 'waiting' && (
        <button type="button" class="status-way" onClick={() => session.retry()}>
          Try now
        </button>
      )}
    </>
  );
}

function useCalmStatus(observable: Observable<SessionStatus>): ReadonlySignal<SessionStatus> {
  const status = useMemo(() => signal(observable.current), [observable]);
  useEffect(
    () =>
      watchCalmly(observable, (next) => {
        status.value = next;
      }),
    [observable, status],
  );
  return status;
}

/** When the last connection ended, as long as there is no other; milliseconds since 1970. */
function useSeenUntil(status: Observable<SessionStatus>): number | undefined {
  const seenUntil = useSignal<number | undefined>(undefined);
  useEffect(() => {
    let was = status.current.connection.state;
    return status.subscribe(({ connection: { state } }) => {
      if (was === 'connected' && state !== 'connected') seenUntil.value = Date.now();
      was = state;
    });
  }, [status, seenUntil]);
  return seenUntil.value;
}

function connectionTip({ connection, transport }: SessionStatus): string {
  if (connection.state === 'waiting' && connection.reason !== undefined) return connection.reason;
  if (transport === 'http') return 'WebSocket is blocked on the way, so everything goes by plain HTTP. See how the connection is doing.';
  return 'See how the connection is doing';
}

/** Device, relay, disk: how far what was typed has come. */
function Steps({ level }: { readonly level: Exclude<TruthWords['level'], 'reading'> }): VNode {
  const come = { nothing: 0, device: 1, relay: 2, saved: 3 }[level];
  return (
    <svg class="steps" width="20" height="8" viewBox="0 0 20 8" aria-hidden="true">
      {[0, 1, 2].map((step) => (
        <rect key={step} x={step * 7} y="1" width="5" height="6" rx="2" class={step < come ? 'come' : ''} />
      ))}
    </svg>
  );
}

function RelayState({ shell }: { readonly shell: Shell }): VNode | null {
  const relay = shell.bundledRelay.value;
  if (relay.status === 'starting') return <span class="connection">Relay is starting…</span>;
  if (relay.status === 'restarting')
    return (
      <span class="connection is-waiting" title={relay.reason}>
        Relay is restarting…
      </span>
    );
  if (relay.status !== 'failed') return null;
  const place = shell.place.value;
  // Wherever this relay is needed, the window itself offers to start it; one button is enough.
  const isElsewhere = place.type === 'document' && place.session.address.relay !== shell.relays.bundledAddress.value;
  return (
    <>
      <span class="connection is-refused" title={relay.reason}>
        Relay stopped
      </span>
      {isElsewhere && (
        <button type="button" class="status-way" onClick={() => void shell.parts.bridge.restartRelay()}>
          Start it again
        </button>
      )}
    </>
  );
}

function Counts({ shell, editor }: { readonly shell: Shell; readonly editor: EditorHandle }): VNode {
  const { words, selectedWords, line, column } = useObservable(editor.counts).value;
  const { kind, name } = shell.language.value;
  return (
    <span class="counts">
      <span class="words">{selectedWords > 0 ? `${selectedWords.toLocaleString()} of ${countWords(words)}` : countWords(words)}</span>
      {kind === 'code' && (
        <span class="position">
          {line}:{column}
        </span>
      )}
      {name !== '' && <span class="language">{name}</span>}
    </span>
  );
}

function countWords(words: number): string {
  return words === 1 ? '1 word' : `${words.toLocaleString()} words`;
}
