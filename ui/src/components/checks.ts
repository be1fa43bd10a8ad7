// What a test or a look at the till goes through, in words; an unknown check is shown as it is.
import type { FindingState, FindingView } from "../lib/bindings";
import type { Verdict } from "../lib/examination.svelte";
import * as m from "../messages/paraglide/messages";
import { problemWords } from "./problems";

const CHECKS: Record<string, () => string> = {
  settings: m.check_settings,
  dns: m.check_dns,
  connect: m.check_connect,
  tls: m.check_tls,
  clock: m.check_clock,
  token: m.check_token,
  decrypt: m.check_decrypt,
  socket: m.check_socket,
  logon: m.check_logon,
  disk: m.check_disk,
  zone: m.check_zone,
  keychain: m.check_keychain,
  mispay: m.provider_mispay,
  multipay: m.provider_multipay,
  ledger: m.check_ledger,
  journal: m.check_journal,
  anchor: m.check_anchor,
  webview: m.check_webview,
  printer: m.check_printer,
};

function ownName(check: string): string {
  return CHECKS[check]?.() ?? check;
}

/** A step of one provider is named with it, where both are looked at: `mispay.dns`. */
export function checkName(check: string): string {
  const [provider, step] = check.split(".");
  return provider === undefined || step === undefined
    ? ownName(check)
    : m.check_of({ provider: ownName(provider), check: ownName(step) });
}

/** The mark of a step, for whoever hears it. */
export function findingState(state: FindingState): string {
  switch (state) {
    case "well":
      return m.finding_well();
    case "warning":
      return m.finding_warning();
    case "failed":
      return m.finding_failed();
    case "skipped":
      return m.finding_skipped();
  }
}

/** The till's own words name hosts and numbers; the catalogue's stand in where it has none. */
export function findingWords(finding: FindingView): { what: string; todo: string } {
  const { code, what, todo } = finding;
  if (code === "") return { what, todo };
  const words = problemWords(code);
  return { what: what === "" ? words.what : what, todo: todo === "" ? words.todo : todo };
}

/** How a connection's test ended. */
export function testVerdict(verdict: Verdict): string {
  switch (verdict) {
    case "none":
      return m.test_none();
    case "running":
      return m.test_running();
    case "well":
      return m.test_well();
    case "warning":
      return m.test_warning();
    case "failed":
      return m.test_failed();
  }
}
