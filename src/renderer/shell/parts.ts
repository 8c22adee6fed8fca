import type { Bridge } from '../../shared/bridge';
import type { Observable } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Keyring } from '../documents/keyring';
import type { RecentDocuments } from '../documents/recent-documents';
import type { Replica } from '../documents/replica';
import type { EditorHandle, EditorOptions } from '../editor/editor';
import type { TextKind } from '../editor/language-of-title';
import type { People } from '../presence/people';
import type { Person } from '../presence/person';
import type { Examination, Patient } from '../session/doctor';
import type { DocumentSession } from '../session/document-session';
import type { FirstContent } from '../session/first-content';
import type { DocumentLinks } from '../session/links-client';
import type { KeyVerdict } from '../session/relay-key-check';
import type { Lookup } from '../session/relay-lookup';
import type { WatchWhoIsWhere } from './use-who-is-where';

/** What the shell is put around: given by main.tsx, so that the shell alone can be shown and tested. */
export interface ShellParts {
  readonly bridge: Bridge;
  readonly recent: Pick<RecentDocuments, 'list' | 'remember' | 'forget'>;
  readonly keyring: Pick<Keyring, 'find' | 'relayKey' | 'keepRelayKey'>;
  /** The relay that new documents go to and bare ids are looked up at; `undefined` until there is one. */
  readonly pageRelay: string | undefined;
  /** With `first`, the document begins here; without, it is one that there is. */
  openSession(address: DocumentAddress, first?: FirstContent): Promise<DocumentSession>;
  /** Recent documents that are not open here, with edits that nothing but this device has. */
  readonly onThisDeviceAlone: Observable<readonly DocumentAddress[]>;
  /** What an owner does about links, and about the document as a whole. */
  linksOf(session: DocumentSession): DocumentLinks;
  lookUpRelay(origin: string): Promise<Lookup>;
  checkRelayKey(relay: string, key: string): Promise<KeyVerdict>;
  /** Tries every way to a document's relay. */
  examine(patient: Patient): Examination;
  readonly watchWhoIsWhere: WatchWhoIsWhere;
  watchPeople(replica: Observable<Replica>): People;
  announcePeople(before: readonly Person[], after: readonly Person[]): string;
  loadEditor(): Promise<EditorModule>;
}

/** Loaded apart: a window is there before the editor is. */
export interface EditorModule {
  createEditor(options: EditorOptions): EditorHandle;
  languageOfTitle(title: string): { readonly kind: TextKind; readonly name: string };
}
