/** The settings under which the facts about Converse.js 14 were measured. */
import '/dist/converse.min.js';

window.converse.initialize({
  view_mode: 'fullscreen',
  assets_path: '/dist/',
  locked_domain: 'localhost',
  websocket_url: document.querySelector('meta[name="websocket-url"]').content,
  discover_connection_methods: false,
  message_archiving: 'always',
  show_send_button: true,
  i18n: 'en',
  persistent_store: 'IndexedDB',
  reuse_scram_keys: true,
  show_desktop_notifications: false,
  allow_registration: false,
  play_sounds: false,
});
