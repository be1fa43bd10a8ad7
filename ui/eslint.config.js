// Lint rules of the view. The arrows between the rooms are those of the house: screens → components, lib;
// components → style, messages; no screen imports a screen; only lib/commands.ts knows Tauri.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** Words belong into the catalogue, not into the markup. */
const till = {
  rules: {
    "no-style-attribute": {
      create: (context) => ({
        // The window's policy drops style attributes; `style:` goes through the CSSOM and is fine.
        SvelteAttribute(node) {
          if (node.key.name === "style")
            context.report({ node, message: "Use a class or style:--name." });
        },
      }),
    },
    "no-text-in-markup": {
      create(context) {
        const wordy = (text) => /\p{L}{2,}/u.test(text);
        const told = new Set(["aria-label", "title", "placeholder", "alt", "aria-placeholder"]);
        return {
          SvelteText(node) {
            const inside =
              node.parent?.type === "SvelteElement" || node.parent?.type?.endsWith("Block");
            const isCode = ["SvelteScriptElement", "SvelteStyleElement"].includes(
              node.parent?.type,
            );
            if (inside && !isCode && wordy(node.value))
              context.report({ node, message: "Text belongs into src/messages." });
          },
          SvelteAttribute(node) {
            for (const value of node.value) {
              if (told.has(node.key.name) && value.type === "SvelteLiteral" && wordy(value.value))
                context.report({ node, message: "Text belongs into src/messages." });
            }
          },
        };
      },
    },
  },
};

const screens = ["checkout", "history", "settings", "setup", "shift", "signin"];
const tauri = { group: ["@tauri-apps/*"], message: "Only lib/commands.ts knows Tauri." };
const arrows = (...patterns) => ({
  "no-restricted-imports": "off",
  "@typescript-eslint/no-restricted-imports": ["error", { patterns }],
});

export default ts.config(
  {
    ignores: [
      "dist/",
      "dist-fake/",
      "node_modules/",
      "src/messages/paraglide/",
      "src/lib/bindings.ts",
      "project.inlang/cache/",
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "no-undef": "off",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "@typescript-eslint/switch-exhaustiveness-check": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  { files: ["*.js", "*.ts", "tests/**"], languageOptions: { globals: { ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
  },
  {
    files: ["src/**/*.svelte"],
    plugins: { till },
    rules: {
      "till/no-text-in-markup": "error",
      "svelte/no-at-html-tags": "error",
      "till/no-style-attribute": "error",
    },
  },
  {
    files: ["src/lib/**"],
    ignores: ["src/lib/commands.ts"],
    rules: arrows(tauri, {
      group: ["**/screens/**", "**/components/**", "**/messages/**"],
      message: "lib stands below the screens and the words.",
    }),
  },
  {
    files: ["src/lib/commands.ts"],
    rules: arrows({
      group: ["**/screens/**", "**/components/**", "**/messages/**"],
      message: "lib stands below the screens and the words.",
    }),
  },
  {
    files: ["src/components/**"],
    rules: arrows(
      tauri,
      { group: ["**/screens/**"], message: "A component knows no screen." },
      {
        group: ["**/lib/**"],
        allowTypeImports: true,
        message: "A component owns looks and never imports the till; types only.",
      },
    ),
  },
  ...screens.map((own) => ({
    files: [`src/screens/${own}/**`],
    rules: arrows(tauri, {
      group: screens.filter((name) => name !== own).map((name) => `**/${name}/**`),
      message: "No screen imports a screen.",
    }),
  })),
);
