import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './base.css';
import './print.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { config } from 'zod';
import { createClient } from '#core/api/client.ts';
import App from './app.vue';
import { useAppearance } from './appearance/appearance-store.ts';
import { clientKey } from './connection/client.ts';
import { useConnection } from './connection/connection-store.ts';
import { LiveSocket, liveKey } from './connection/live-socket.ts';
import { createTexts, loadTexts } from './locales/texts.ts';
import { textsKey } from './locales/use-texts.ts';
import { createPages } from './router.ts';
import { createExchange } from './session/exchange.ts';
import { useSession } from './session/session-store.ts';

// Under script-src 'self' zod's compiled parsers would only earn a report of a violation.
config({ jitless: true });

const app = createApp(App);
const pinia = createPinia();
app.use(pinia);

const session = useSession(pinia);
const connection = useConnection(pinia);
const appearance = useAppearance(pinia);

const texts = createTexts(appearance.locale);
app.use(texts);
app.provide(textsKey, texts);
app.provide(clientKey, createClient('', createExchange(session)));
app.provide(
  liveKey,
  new LiveSocket({
    url: `${location.origin.replace(/^http/, 'ws')}/ws`,
    token: session.token,
    renew: session.renew,
    heard: connection.hear,
    changed: connection.change,
  }),
);

await loadTexts(texts, appearance.locale);
appearance.apply();
await session.start();
// The first navigation begins here and has to know who is signed in.
app.use(createPages(session, texts));
app.mount('#app');
