// Starts the view: fonts, look, language, the till's commands, then the app.
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/noto-sans-arabic/wght.css";
import "./style/tokens.css";
import "./style/base.css";
import { mount } from "svelte";
import Root from "./Root.svelte";
import { findCommands } from "./lib/commands";
import { TillStore } from "./lib/till.svelte";
import { getLocale, getTextDirection } from "./messages/paraglide/runtime";

const root = document.documentElement;
root.lang = getLocale();
root.dir = getTextDirection();

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const wear = () => (root.dataset["theme"] = dark.matches ? "dark" : "light");
dark.addEventListener("change", wear);
wear();

// Nothing dropped on the window may replace the till.
for (const kind of ["dragover", "drop"])
  window.addEventListener(kind, (event) => event.preventDefault());

const place = document.getElementById("till");
if (place === null) throw new Error("index.html has no place for the till");

const till = new TillStore(await findCommands());
mount(Root, { target: place, props: { till } });
void till.start();
