import { buildUi } from '#bin/provide-ui.ts';

/** `npm run build`: the dashboard into dist/ui. */
await buildUi(console.log);
