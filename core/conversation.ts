import { z } from 'zod';

/** Where a conversation is: to be dealt with, away until a time or a new message, done, or put away. A new message opens it again. */
export const ConversationState = z.enum(['open', 'snoozed', 'resolved', 'archived']);
export type ConversationState = z.output<typeof ConversationState>;

/** How urgent it is. */
export const Priority = z.enum(['none', 'low', 'medium', 'high', 'urgent']);
export type Priority = z.output<typeof Priority>;

/** Whose conversations: one's own, nobody's, or everybody's. */
export const InboxView = z.enum(['mine', 'unassigned', 'all']);
export type InboxView = z.output<typeof InboxView>;

export const LabelColour = z.enum(['grey', 'blue', 'green', 'amber', 'orange', 'red', 'violet']);
export type LabelColour = z.output<typeof LabelColour>;
