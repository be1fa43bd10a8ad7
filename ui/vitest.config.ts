import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** Units run in Node; walks drive the built view in Chromium, under the window's content policy. */
export default defineConfig({
  define: { __FAKE_TILL__: "true" },
  test: {
    // A walk waits as often as it calculates; more at a time than cores are no faster, each is only later.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        plugins: [svelte()],
        test: { name: "units", environment: "node", include: ["src/**/*.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "walks",
          environment: "node",
          include: ["tests/**/*.walk.ts"],
          globalSetup: ["tests/serve.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
