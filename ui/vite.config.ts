import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { checkLocales } from './check-locales.ts';

const folder = import.meta.dirname;

/** The dev server passes /api and /ws on to the product, which `PORT` names as everywhere else. */
const product = `http://127.0.0.1:${process.env.PORT ?? '8080'}`;

export default defineConfig({
  root: folder,
  plugins: [
    vue(),
    {
      name: 'locales',
      buildStart() {
        const problems = checkLocales(folder).filter((problem) => problem.kind !== 'unused');
        if (problems.length > 0) this.error(problems.map((problem) => problem.text).join('\n'));
      },
    },
  ],
  define: { __VUE_I18N_FULL_INSTALL__: false, __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    // Naive UI alone is beyond Vite's 500 KB hint; pages are loaded lazily (facts/stack.md 9).
    chunkSizeWarningLimit: 900,
  },
  server: { host: '127.0.0.1', proxy: { '/api': product, '^/[uc]/': product, '/ws': { target: product.replace('http', 'ws'), ws: true } } },
});
