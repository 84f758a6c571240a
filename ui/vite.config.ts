import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server to develop against. Start it with PUBLIC_BASE_URL=http://localhost:5173 (4173 for `npm run preview`), so
// that its media URLs go through this proxy.
const server = process.env.CHAITUBE_SERVER ?? 'http://localhost:8000';
const proxy = { '/api': server, '/media': server };

/** The server's content security policy, to see in `npm run preview` what it blocks. */
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
    // hls.js is larger than the default. scripts/budget.js has the real limits.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // Put what every page needs into two files, instead of one for each icon.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler|react-router)\// },
            {
              name: 'shared',
              test: /node_modules\/(lucide-react|@tanstack|openapi-fetch|blurhash)\/|src\/(api\/(?!toggles|limits|playlist)|paths|texts\/(index|en|format)|video\/(VideoCard|VideoGrid|Thumbnail|progress)|components\/(toast|Avatar|states|hooks|shortcuts|RichText))/,
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
