// Shows what is pushed, and leads to what it speaks of. Nothing is kept offline: an inbox of yesterday would mislead.
const words = {
  en: {
    message_mine: 'New message',
    mention: 'You were mentioned',
    given: 'You were given a conversation',
    message_unassigned: 'New message, nobody’s',
    sla_breached: 'An answer is late',
    profile_needs: 'A profile needs you',
    campaign_ended: 'A campaign has ended or stands still',
    hook_off: 'A webhook was switched off',
  },
  ru: {
    message_mine: 'Новое сообщение',
    mention: 'Вас упомянули',
    given: 'Вам передан разговор',
    message_unassigned: 'Новое ничьё сообщение',
    sla_breached: 'Ответ опаздывает',
    profile_needs: 'Профилю нужен человек',
    campaign_ended: 'Рассылка закончилась или остановилась',
    hook_off: 'Вебхук выключен',
  },
};

function placeOf(subject) {
  if (subject.conversationId) return `/inbox/${subject.conversationId}`;
  if (subject.profileId) return `/wall?profile=${subject.profileId}`;
  return subject.campaignId ? `/campaigns/${subject.campaignId}` : '/settings/hooks';
}

self.addEventListener('push', (event) => {
  const notice = event.data?.json();
  if (!notice) return;
  const title = (self.navigator.language.startsWith('ru') ? words.ru : words.en)[notice.kind] ?? 'Patchbay';
  // The same tag again takes the place of the first: a push that comes twice is seen once.
  const shown = { body: notice.name, tag: notice.id, icon: '/icon-192.png', data: placeOf(notice.subject) };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const open = async () => {
    const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (!page) return self.clients.openWindow(event.notification.data);
    await page.focus();
    return page.navigate(event.notification.data).catch(() => self.clients.openWindow(event.notification.data));
  };
  event.waitUntil(open());
});
