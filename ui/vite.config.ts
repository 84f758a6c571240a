import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Where a server runs while the page is worked on. It has to be told the page's own address, so that the media it
// names come from there, too: PUBLIC_BASE_URL=http://localhost:5173 (or 4173 for `npm run preview`).
const server = process.env.CHAITUBE_SERVER ?? 'http://localhost:8000';
const proxy = { '/api': server, '/media': server };

/** What the server sends with the page; `npm run preview` shows what it would block. */
const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "media-src 'self' blob:",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
].join('; ');

export default defineConfig({
  plugins: [react()],
  build: {
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    // The largest chunk is hls.js; scripts/budget.js holds the real limits.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // What every page needs comes in two files, rather than in one for each icon.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler|react-router)\// },
            {
              name: 'shared',
              test: /node_modules\/(lucide-react|@tanstack|openapi-fetch|blurhash)\/|src\/(api|paths|texts\/(index|en|format)|video\/(VideoCard|VideoGrid|Thumbnail|progress)|components\/(toast|Avatar|states|hooks|shortcuts|RichText))/,
            },
          ],
        },
      },
    },
  },
  server: { proxy },
  preview: { proxy, headers: { 'content-security-policy': policy } },
  test: { environment: 'jsdom' },
});
