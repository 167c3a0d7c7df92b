/** How many people get their message by each way: one web profile, some numbers of WhatsApp Cloud, and mail. */
export type Split = { numbers: number; phones: number; mails: number };

/**
 * Whoever has a number is dealt out evenly among the senders that go by numbers, so the parts of `web:meta:mail` are accounts for the first two:
 * one profile, and so many numbers with as many people each.
 *
 * 1:2:3 by default, of 2,000 people 333, 667 and 1,000. A profile sends one message after the other as a person does, five to ten seconds each
 * with a browser that comes back meanwhile: 333 of them last about as long as 200 kills do, and each kill can meet one. Two numbers show that lanes
 * are counted one by one. Mail costs nothing but the stand-in's patience, which is set so that all three end together.
 */
export function splitOf(people: number, parts: string): Split {
  const [web = 0, meta = 0, mail = 0] = parts.split(':').map(Number);
  if (web !== 1 || !Number.isInteger(meta) || meta < 1 || !(mail > 0))
    throw new Error(`"${parts}" is no split such as 1:2:3, of which the first is 1.`);
  const phones = Math.round((people * (web + meta)) / (web + meta + mail));
  return { numbers: meta, phones, mails: people - phones };
}
