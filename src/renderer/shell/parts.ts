import type { Bridge } from '../../shared/bridge';
import type { Observable } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { KeptText } from '../documents/offline-copy';
import type { RecentDocuments } from '../documents/recent-documents';
import type { Replica } from '../documents/replica';
import type { EditorHandle, EditorOptions } from '../editor/editor';
import type { TextKind } from '../editor/language-of-title';
import type { People } from '../presence/people';
import type { Person } from '../presence/person';
import type { SessionStatus } from '../session/status';

/** What the shell is put around: given by main.tsx, so that the shell alone can be shown and tested. */
export interface ShellParts {
  readonly bridge: Bridge;
  readonly recent: Pick<RecentDocuments, 'list' | 'forget'>;
  /** The relay that new documents go to and bare ids are looked up at; `undefined` until there is one. */
  readonly pageRelay: string | undefined;
  openSession(address: DocumentAddress, beginning?: Beginning): Promise<OpenSession>;
  watchPeople(replica: Observable<Replica>): People;
  announcePeople(before: readonly Person[], after: readonly Person[]): string;
  loadEditor(): Promise<EditorModule>;
}

/** Loaded apart: a window is there before the editor is. */
export interface EditorModule {
  createEditor(options: EditorOptions): EditorHandle;
  languageOfTitle(title: string): { readonly kind: TextKind; readonly name: string };
}

/** What a new document starts with: nothing, or what a file had. */
export interface Beginning {
  readonly title: string;
  readonly text: string;
}

export interface OpenSession {
  readonly address: DocumentAddress;
  readonly replica: Observable<Replica>;
  readonly status: Observable<SessionStatus>;
  readonly keptText: Observable<KeptText | undefined>;
  letGoOfKeptText(): Promise<void>;
  /** Makes sure that the connection is alive, after waking or coming back into view. */
  probe(): void;
  /** Connects now. */
  retry(): void;
  /** Resolves when everything is in the offline copy. */
  close(): Promise<void>;
}
