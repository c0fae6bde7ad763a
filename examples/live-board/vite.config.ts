import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  resolve: {
    // The library as it is in this repository: `rxjs-supervisor/postgres` is lib/postgres/index.ts.
    alias: [{ find: /^rxjs-supervisor(\/.+)?$/, replacement: `${import.meta.dirname}/../../lib$1/index.ts` }],
  },
  // PGlite brings its own files, and is opened in a worker.
  optimizeDeps: { exclude: ['@electric-sql/pglite'] },
  worker: { format: 'es' },
  // Most of it is PGlite, which is one file.
  build: { target: 'es2022', chunkSizeWarningLimit: 1_000 },
});
