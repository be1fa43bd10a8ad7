// What axe finds wrong with a page, as lines.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { TillPage } from "./till-page";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Violation = { id: string; nodes: { target: string[] }[] };

export async function axeFindings(till: TillPage): Promise<string[]> {
  await till.pause(300);
  await till.page.evaluate(source);
  const found = await till.page.evaluate(async () => {
    const tool = (
      window as unknown as {
        axe: { run: (where: object, how: object) => Promise<{ violations: Violation[] }> };
      }
    ).axe;
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    // The watermark is decoration: it may be faint.
    return (await tool.run({ exclude: [".watermark"] }, { runOnly: tags })).violations;
  });
  return found.map(
    (each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).join(", ")}`,
  );
}
