import { createRouter, createWebHistory, type Router } from 'vue-router';
import type { Texts } from './locales/texts.ts';

type Session = { person: unknown };

/** Pages are loaded when they are first opened. A title is a key of the texts. */
export function createPages(session: Session, texts: Texts): Router {
  const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : { top: 0 }),
    routes: [
      { path: '/sign-in', component: () => import('./session/sign-in-page.vue'), meta: { isOpen: true, title: 'session.sign_in' } },
      { path: '/register', component: () => import('./session/register-page.vue'), meta: { isOpen: true, title: 'session.register' } },
      { path: '/scan', component: () => import('./profiles/scan-page.vue'), meta: { isOpen: true, title: 'live.scan.title' } },
      {
        path: '/',
        component: () => import('./shell/shell-page.vue'),
        redirect: '/home',
        children: [
          { path: 'home', component: () => import('./analytics/home-page.vue'), meta: { title: 'home.title' } },
          { path: 'wall', component: () => import('./profiles/wall-page.vue'), meta: { title: 'shell.wall' } },
          { path: 'profiles/:id/live', component: () => import('./profiles/live-page.vue'), meta: { title: 'live.title' } },
          { path: 'runs/:id', component: () => import('./profiles/run-page.vue'), meta: { title: 'runs.title' } },
          { path: 'inbox/:id?', component: () => import('./inbox/inbox-page.vue'), meta: { title: 'shell.inbox' } },
          { path: 'campaigns', component: () => import('./campaigns/campaigns-page.vue'), meta: { title: 'shell.campaigns' } },
          { path: 'campaigns/:id', component: () => import('./campaigns/campaign-page.vue'), meta: { title: 'shell.campaigns' } },
          { path: 'contacts', component: () => import('./lists/lists-page.vue'), meta: { title: 'shell.contacts' } },
          { path: 'contacts/rules', component: () => import('./lists/rules-page.vue'), meta: { title: 'rules.title' } },
          { path: 'contacts/people', component: () => import('./contacts/people-page.vue'), meta: { title: 'contacts.pages.people' } },
          { path: 'contacts/alike', component: () => import('./contacts/alike-page.vue'), meta: { title: 'contacts.pages.alike' } },
          { path: 'contacts/erased', component: () => import('./contacts/erased-page.vue'), meta: { title: 'contacts.pages.erased' } },
          { path: 'contacts/:id', component: () => import('./lists/list-page.vue'), meta: { title: 'shell.contacts' } },
          { path: 'contacts/:id/imports/:importId', component: () => import('./lists/import-page.vue'), meta: { title: 'imports.title' } },
          { path: 'templates/:id?', component: () => import('./templates/templates-page.vue'), meta: { title: 'shell.templates' } },
          { path: 'analytics', component: () => import('./analytics/analytics-page.vue'), meta: { title: 'shell.analytics' } },
          { path: 'log', component: () => import('./campaigns/log-page.vue'), meta: { title: 'shell.log' } },
          {
            path: 'settings',
            component: () => import('./workspace/settings-page.vue'),
            redirect: '/settings/workspace',
            children: [
              { path: 'workspace', component: () => import('./workspace/workspace-form.vue'), meta: { title: 'settings.workspace' } },
              { path: 'people', component: () => import('./workspace/people-table.vue'), meta: { title: 'settings.people' } },
              { path: 'fields', component: () => import('./contacts/fields-page.vue'), meta: { title: 'settings.fields' } },
              { path: 'desk', component: () => import('./desk/desk-page.vue'), meta: { title: 'settings.desk' } },
              { path: 'sla', component: () => import('./sla/sla-page.vue'), meta: { title: 'settings.sla' } },
              { path: 'reports', component: () => import('./reports/reports-page.vue'), meta: { title: 'settings.reports' } },
              { path: 'accounts', component: () => import('./platforms/accounts-page.vue'), meta: { title: 'settings.accounts' } },
              {
                path: 'templates',
                component: () => import('./platform-templates/platform-templates-page.vue'),
                meta: { title: 'settings.templates' },
              },
              { path: 'proxies', component: () => import('./proxies/proxies-table.vue'), meta: { title: 'settings.proxies' } },
              { path: 'mail', component: () => import('./mail/mail-page.vue'), meta: { title: 'settings.mail' } },
              { path: 'notices', component: () => import('./notices/notices-page.vue'), meta: { title: 'settings.notices' } },
              { path: 'hooks', component: () => import('./hooks/hooks-page.vue'), meta: { title: 'settings.hooks' } },
              { path: 'monitor', component: () => import('./hooks/monitor-page.vue'), meta: { title: 'settings.monitor' } },
              { path: 'automation', component: () => import('./automation/automation-page.vue'), meta: { title: 'settings.automation' } },
              { path: 'webhooks', component: () => import('./webhooks/webhooks-page.vue'), meta: { title: 'settings.webhooks' } },
            ],
          },
          { path: ':rest(.*)*', component: () => import('./shell/nothing-page.vue'), meta: { title: 'shell.nothing_here' } },
        ],
      },
    ],
  });
  router.beforeEach((to) => {
    if (!session.person && !to.meta.isOpen) return { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
    return true;
  });
  router.afterEach((to) => {
    const title = typeof to.meta.title === 'string' ? texts.global.t(to.meta.title) : '';
    document.title = title ? `${title} · Patchbay` : 'Patchbay';
  });
  return router;
}
