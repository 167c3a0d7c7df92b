import { shopPhones } from '#bin/demo/people.ts';
import { until } from '#bin/demo/until.ts';
import type { Lab } from '#lab/start.ts';
import { messagesOf } from '#lab/telegram/truth.ts';
import { tell } from '#lab/tell.ts';
import { messagesBetween } from '#lab/whatsapp/truth.ts';
import type { Stage } from './stage.ts';

/** What the proof needs of the stand-in behind a pack: who can be written to, how a profile signs in, and what the server itself holds. */
export type WebLab = {
  url(lab: Lab): string;
  people: readonly string[];
  signIn(stage: Stage, profileId: string): Promise<void>;
  /** The texts of ours that the server has taken, each as often as it has it. */
  texts(lab: Lab): Promise<string[]>;
};

const me = { whatsapp: shopPhones[0].number, telegram: '500', converse: 'alice' } as const;
const whatsappPeople = Array.from({ length: 12 }, (_, n) => `4915555100${String(n).padStart(3, '0')}`);
const telegramPeople = Array.from({ length: 12 }, (_, n) => ({ id: String(9000 + n), username: `person_${n}`, name: `Person ${n}` }));
const conversePeople = ['bob', 'carol', 'dave', 'erin'];
/** The acknowledgement takes a moment, as on a real line: the time between the act and its proof is what kills aim at. */
const ackMs = 150;

export const webLabs: Record<string, WebLab> = {
  converse: {
    url: ({ converse }) => (converse.is === 'running' ? converse.url : ''),
    people: conversePeople.map((name) => `${name}@localhost`),
    async signIn({ client, lab }, id) {
      if (lab.converse.is === 'missing') throw new Error(lab.converse.why);
      const { password = '' } = lab.converse.accounts.find(({ name }) => name === me.converse) ?? {};
      await client.loginByPassword({ params: { id }, body: { username: me.converse, password, remember: true } });
    },
    async texts({ converse }) {
      if (converse.is === 'missing') return [];
      const archives = await Promise.all(conversePeople.map((peer) => converse.prosody.archive(me.converse, peer)));
      return archives.flat().flatMap(({ from, body }) => (from.startsWith(me.converse) ? [body] : []));
    },
  },
  'whatsapp-web': {
    url: ({ whatsapp }) => whatsapp.url,
    people: whatsappPeople.map((number) => `+${number}`),
    async signIn(stage, id) {
      const { control } = stage.lab.whatsapp;
      await tell(`${control}/accounts`, { number: me.whatsapp, name: 'Shop' });
      await tell(
        `${control}/peers`,
        whatsappPeople.map((number, n) => ({ number, name: `Person ${n}`, deliveredAfterMs: 200 })),
      );
      await tell(`${control}/scan`, { ref: await codeOf(stage, id), number: me.whatsapp });
      await tell(`${control}/faults`, { faults: { latencyMs: ackMs } });
    },
    texts: async ({ whatsapp }) => messagesBetween(whatsapp.lab, { via: 'web' }).map(({ text }) => text),
  },
  'telegram-web': {
    url: ({ telegram }) => telegram.url,
    people: telegramPeople.map(({ username }) => `@${username}`),
    async signIn(stage, id) {
      const { control } = stage.lab.telegram;
      await tell(`${control}/accounts`, { id: me.telegram, phone: '4915550000009', name: 'Shop' });
      await tell(`${control}/peers`, telegramPeople);
      await tell(`${control}/scan`, { text: await codeOf(stage, id), account: me.telegram });
      await tell(`${control}/faults`, { faults: { ackDelayMs: ackMs } });
    },
    texts: async ({ telegram }) => messagesOf(telegram.lab, { via: 'web' }).flatMap(({ isOut, text }) => (isOut ? [text] : [])),
  },
};

async function codeOf({ client, signal }: Stage, id: string): Promise<string> {
  const step = await until('A QR code', async () => [await client.loginByQr({ params: { id } })].find(({ qr }) => qr !== null), {
    seconds: 90,
    signal,
  });
  return step.qr ?? '';
}
