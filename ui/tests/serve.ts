// Builds the view with the till in memory and serves it under the content policy of the real window.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { preview, type PreviewServer } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    address: string;
  }
}

const OUT = "dist-fake";
let server: PreviewServer | undefined;

export async function setup(project: TestProject): Promise<void> {
  // In a process of its own: what the message compiler keeps open must not keep the tests from ending.
  const vite = join(
    dirname(createRequire(import.meta.url).resolve("vite/package.json")),
    "bin/vite.js",
  );
  const build = [
    "build",
    "--mode",
    "fake",
    "--outDir",
    OUT,
    "--emptyOutDir",
    "--logLevel",
    "error",
  ];
  await promisify(execFile)(process.execPath, [vite, ...build]);
  server = await preview({ build: { outDir: OUT }, preview: { port: 0 }, logLevel: "error" });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("the preview server has no address");
  project.provide("address", address);
}

export async function teardown(): Promise<void> {
  // A browser may hold its connections open; do not wait for it.
  if (server && "closeAllConnections" in server.httpServer) server.httpServer.closeAllConnections();
  await server?.close();
}
