import type { Act, Condition, Trigger } from '#core/automation.ts';

const workDays = [1, 2, 3, 4, 5];

/** How each kind begins when somebody chooses it. */
export const newTriggers: { [K in Trigger['on']]: () => Extract<Trigger, { on: K }> } = {
  message: () => ({ on: 'message' }),
  status: () => ({ on: 'status', statuses: ['failed'] }),
  schedule: () => ({ on: 'schedule', weekdays: [...workDays], at: '09:00' }),
  opened: () => ({ on: 'opened' }),
  resolved: () => ({ on: 'resolved' }),
  labelled: () => ({ on: 'labelled', labelIds: [] }),
  contact_added: () => ({ on: 'contact_added' }),
};
export const newConditions: { [K in Condition['of']]: () => Extract<Condition, { of: K }> } = {
  words: () => ({ of: 'words', are: 'any', words: [] }),
  pattern: () => ({ of: 'pattern', pattern: '' }),
  language: () => ({ of: 'language', in: [] }),
  intent: () => ({ of: 'intent', in: [] }),
  tag: () => ({ of: 'tag', labelIds: [] }),
  label: () => ({ of: 'label', labelIds: [] }),
  channel: () => ({ of: 'channel', in: [] }),
  account: () => ({ of: 'account', in: [] }),
  contact: () => ({ of: 'contact', is: 'new' }),
  hours: () => ({ of: 'hours', are: 'outside', weekdays: [...workDays], from: '09:00', to: '18:00' }),
  waiting: () => ({ of: 'waiting', minutes: 60 }),
};
export const newActs: { [K in Act['do']]: () => Extract<Act, { do: K }> } = {
  answer: () => ({ do: 'answer', text: '' }),
  canned: () => ({ do: 'canned', cannedAnswerId: '' }),
  label: () => ({ do: 'label', labelIds: [] }),
  unlabel: () => ({ do: 'unlabel', labelIds: [] }),
  assign: () => ({ do: 'assign', personId: null }),
  priority: () => ({ do: 'priority', priority: 'high' }),
  state: () => ({ do: 'state', state: 'resolved' }),
  sla: () => ({ do: 'sla', slaPolicyId: null }),
  note: () => ({ do: 'note', text: '' }),
  webhook: () => ({ do: 'webhook' }),
  start_campaign: () => ({ do: 'start_campaign', campaignId: '' }),
  hand_over: () => ({ do: 'hand_over' }),
  stop: () => ({ do: 'stop' }),
};
export const weekdays = [1, 2, 3, 4, 5, 6, 7];
