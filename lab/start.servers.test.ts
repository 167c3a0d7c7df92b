import { expect, test } from 'vitest';
import { startLab } from '#lab/start.ts';

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (reply) => reply.ok,
    () => false,
  );

test('the lab starts every stand-in and leaves nothing behind', async () => {
  const lab = await startLab();
  if (lab.converse.is === 'missing') throw new Error(lab.converse.why);
  const urls = [lab.whatsapp.url, lab.telegram.url, lab.mail.webUrl, lab.converse.url];
  expect(await Promise.all(urls.map(answers))).toEqual([true, true, true, true]);
  const { pid } = lab.converse.prosody;
  await lab.close();
  expect(await Promise.all(urls.map(answers))).toEqual([false, false, false, false]);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
