import type { LinkFault } from '../../shared/bridge';
import type { DocumentAddress } from '../../shared/protocol/links';

/** What lies over the window: one at a time. */
export type Dialog =
  | { readonly type: 'settings' }
  /** How the connection of the open document is doing. */
  | { readonly type: 'doctor' }
  /** Of the open document. */
  | { readonly type: 'share' }
  | { readonly type: 'delete-document' }
  | { readonly type: 'relay-key' }
  | { readonly type: 'another-link' }
  | { readonly type: 'forget'; readonly address: DocumentAddress; readonly title: string }
  | { readonly type: 'leave'; readonly answer: (leave: boolean) => void }
  | { readonly type: 'strange-relay'; readonly address: DocumentAddress }
  | { readonly type: 'link-refused'; readonly fault: LinkFault };
