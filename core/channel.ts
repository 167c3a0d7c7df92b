import type { Anchor } from './delivery.ts';
import type { Failure } from './failure.ts';
import type { MediaKind } from './media.ts';
import type { PlatformExtras } from './platform-extras.ts';

/** What an account of a channel can report and do. A dashboard shows "not reported" where `reports` lacks a rung. */
export type Capabilities = {
  /** The kind of alias that addresses a contact on this channel. */
  addressedBy: AddressKind;
  reports: readonly ('sent' | 'delivered' | 'read')[];
  /** Whether a crash between commit and proof can be resolved by looking again. Mail cannot, a web page can. */
  canConfirm: boolean;
  canRead: boolean;
  /** Sends that may be past their commit at once on one account. As many again may be made ready before it; one means one at a time, throughout. */
  parallel: number;
  /** One at a time, and the next as soon as one has ended: nothing is typed, so nothing has to pause. */
  isSteady?: true;
  maxTextLength: number;
};
/** `scoped_id`: a person whom a platform names to one of its accounts only. Nobody types it; whoever has written has one. */
export type AddressKind = 'phone' | 'email' | 'jid' | 'handle' | 'scoped_id';

/** A file that goes out with a message; the message's text is its caption. */
export type Media = { kind: MediaKind; name: string; mimeType: string; content: Uint8Array };

/** One message to hand over. `commit` must be awaited right before the irreversible act; if it throws, the act must not happen. */
export type Outgoing = {
  deliveryId: string;
  to: { kind: AddressKind; value: string; name?: string };
  subject?: string;
  text: string;
  html?: string;
  /** A channel that takes no files refuses the message. */
  media?: Media;
  /** The id of a message of the same conversation that this one answers. */
  quoted?: string;
  /** Where its recipient ends the subscription; only what goes to many has one. */
  unsubscribeUrl?: string;
  /** What an official platform takes beside a text, or instead of it. */
  extras?: PlatformExtras;
  /** When the person last wrote to this account, where a platform asks for it. */
  heardAt?: Date | null;
  commit: (anchor: Anchor | null) => Promise<void>;
  /** Runs everything up to, not including, the commit. */
  dryRun?: boolean;
  /** An earlier attempt may have left its text in the message field. */
  retried?: boolean;
};

/** `platformId` is the id under which the platform knows the message. `restsUntil`: the platform wants nothing more from the account before. */
export type Sent = { is: 'sent'; platformId: string; at: Date; conversation: string; restsUntil?: Date } | { is: 'dry_run' };

/** What is known about an attempt that was interrupted after `committing`. */
export type Attempt = { deliveryId: string; to: Outgoing['to']; text: string; mediaKind?: Media['kind']; anchor: Anchor | null; committedAt: Date };
export type Confirmation =
  | { is: 'sent'; platformId: string; at: Date; conversation: string }
  /** Proven: history is loaded past the anchor, our text is not there, and the messenger holds nothing that it could still send. */
  | { is: 'absent' }
  /** The platform shows the message as failed: it was not taken. */
  | { is: 'refused'; why: string }
  | { is: 'unknown'; why: string };

export type Status = 'pending' | 'sent' | 'delivered' | 'read' | 'failed';

/** A message as it stands on the platform. `at` is null where the platform does not say. */
export type Incoming = {
  conversation: string;
  peer: { kind: AddressKind; value: string; name?: string };
  platformId: string;
  direction: 'in' | 'out';
  kind: 'text' | 'image' | 'video' | 'audio' | 'document' | 'other';
  text: string;
  /** Who wrote it, in a group. */
  author?: string | null;
  at: Date | null;
  status: Status | null;
};
export type ReadReport = {
  messages: Incoming[];
  unread: { conversation: string; name: string; count: number }[];
  /** How far the last message of a chat has got where it is ours, as the list of chats shows it. */
  ticks: { conversation: string; status: 'sent' | 'delivered' | 'read' }[];
};

/** Everything that sends. Email, each Meta platform and the web channel implement it; nothing else knows a platform's name. */
export interface Channel {
  /** Reads the account's settings where they matter; what is wrong with those, `send` says. */
  capabilities(account: AccountRef): Promise<Capabilities>;
  send(account: AccountRef, message: Outgoing, signal: AbortSignal): Promise<Sent>;
  confirm(account: AccountRef, attempt: Attempt, signal: AbortSignal): Promise<Confirmation>;
  /** Conversations with something new since `since`; on a web messenger opening one is a visible act. */
  read(account: AccountRef, since: ReadSince, signal: AbortSignal): Promise<ReadReport>;
  /** Throws a `Failure` that says why the account cannot send right now. */
  check(account: AccountRef, signal: AbortSignal): Promise<{ identity: string | null }>;
}

export type AccountRef = { id: string; workspaceId: string; channel: string };
/**
 * `watched` conversations are looked at even without an unread badge, for ticks of what was sent there. `awaiting` ones are those in which the
 * last word is ours, as far as we know: where the messenger shows another, an answer came while the chat lay open, and no badge will tell of it.
 */
export type ReadSince = { at: Date | null; watched: Chat[]; awaiting: Chat[]; openUnread: boolean };
export type Chat = { conversation: string; name: string };
export type { Failure };
