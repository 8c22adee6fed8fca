/**
 * What people build today: CodeMirror's basic set-up, y-codemirror.next and y-websocket's provider, all as they come.
 * `?relay=<ws address>&document=<id>&name=<who>`.
 */
import { basicSetup, EditorView } from 'codemirror';
import { yCollab } from 'y-codemirror.next';
import { WebsocketProvider } from 'y-websocket-client';
import * as Y from 'yjs';

const query = new URLSearchParams(location.search);
const doc = new Y.Doc();
const text = doc.getText('content');
// Without a BroadcastChannel: two pages of one browser would not need a relay.
const provider = new WebsocketProvider(query.get('relay') ?? '', query.get('document') ?? '', doc, { disableBc: true });
provider.awareness.setLocalStateField('user', { name: query.get('name') ?? 'somebody', color: '#30bced', colorLight: '#30bced33' });

new EditorView({
  parent: document.querySelector('#editor') ?? document.body,
  doc: text.toString(),
  extensions: [basicSetup, EditorView.lineWrapping, yCollab(text, provider.awareness, { undoManager: new Y.UndoManager(text) })],
});
