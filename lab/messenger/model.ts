/** Who wrote a message: a page, the account's own phone, a scripted peer, or somebody through the control API. */
export const vias = ['web', 'phone', 'script', 'control'] as const;
export type Via = (typeof vias)[number];

/** What a peer that nobody plays does by itself. */
export type Script = {
  /** Null: never reads. */
  readsAfterMs: number | null;
  /** Null: never answers. */
  repliesWith: string | null;
  replyAfterMs: number;
};

/** What the server notes of a message in every messenger. */
export type Written = {
  text: string;
  /** When the server took it, by the lab's clock. */
  at: number;
  /** When the page says it was sent, by the page's clock. */
  clientAt: number;
  /** Milliseconds of each keydown since the first one for this text, a final Enter included, bare modifiers not; empty when pasted. */
  keys: number[];
  via: Via;
  /** How often the same message came again. It is stored once all the same. */
  resends: number;
};

/** `opened`: right after a conversation was opened; `typing`: after the first key; `typed`: when typing has rested. */
export const swapMoments = ['opened', 'typing', 'typed'] as const;
/** "Another chat takes the place of the open one": when it does, and how long after. */
export type SwapMoment = { at: (typeof swapMoments)[number]; afterMs: number };

/** What the server tells the pages of every messenger. */
export type PageFrame = { t: 'conflict' } | { t: 'freeze_page'; ms: number };
