import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** The policy of the window, so that `vite preview` refuses what the till would refuse. */
export const CONTENT_POLICY = [
  "default-src 'self'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src ipc: http://ipc.localhost",
  "img-src 'self' data:",
  "font-src 'self'",
].join("; ");

/** `--mode fake` keeps the in-memory till of lib/fake.ts in the bundle; the real build leaves it out. */
export default defineConfig(({ mode }) => ({
  plugins: [
    paraglideVitePlugin({
      project: "./project.inlang",
      outdir: "./src/messages/paraglide",
      strategy: ["baseLocale"],
    }),
    svelte(),
  ],
  define: { __FAKE_TILL__: JSON.stringify(mode !== "production") },
  clearScreen: false,
  server: { port: 5173, strictPort: true, host: "127.0.0.1" },
  preview: { host: "127.0.0.1", headers: { "Content-Security-Policy": CONTENT_POLICY } },
  build: {
    // WebKitGTK 2.40 is Safari 16.4; one step of room below it.
    target: "safari15.4",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
}));
