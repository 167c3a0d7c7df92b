import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';

/** What a desk of the demo has agreed on: how soon it answers, a rule, a macro, and a bot that is switched on to be tried. */
export async function seedAutomation(client: Client, lab: Lab): Promise<void> {
  const weekdays = [1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, from: '09:00', to: '20:00' }));
  await client.changeWorkspace({ body: { settings: { businessHours: weekdays } } });
  const promised = { firstMinutes: 60, nextMinutes: 120, resolutionMinutes: 2 * 1440, inBusinessHours: true };
  await client.addSlaPolicy({ body: { name: 'Shop', ...promised, isUsual: true } });
  const { id: thanks } = await client.addLabel({ body: { name: 'Thanks', colour: 'green' } });
  await client.addAutomationRule({
    body: {
      name: 'Thanks need no haste',
      trigger: { on: 'message' },
      conditions: [{ of: 'intent', in: ['thanks'] }],
      acts: [
        { do: 'label', labelIds: [thanks] },
        { do: 'priority', priority: 'low' },
      ],
    },
  });
  await client.addMacro({
    body: {
      name: 'Done at the counter',
      acts: [
        { do: 'note', text: 'Dealt with at the counter.' },
        { do: 'state', state: 'resolved' },
      ],
    },
  });
  await client.addBot({
    body: {
      name: 'Shop assistant',
      kind: 'openai',
      isOn: false,
      settings: { url: lab.chat.url, model: 'stand-in', system: 'You answer for a shop, in one sentence.' },
      notice: 'I am the shop’s assistant, a program.',
    },
  });
}
