// The words of the set-up's questions.
import { missingWords, modeName, providerName } from "../../components/words";
import type { Mode, ProviderName, SettingsForm, SettingsView } from "../../lib/bindings";
import type { Verdict } from "../../lib/examination.svelte";
import { lacks } from "../../lib/settings-form";
import * as m from "../../messages/paraglide/messages";
import type { Lack, StepName } from "./flow.svelte";

/** The question as a line of the progress. */
export function stepName(step: StepName): string {
  switch (step) {
    case "mode":
      return m.setup_mode();
    case "names":
      return m.setup_names();
    case "providers":
      return m.setup_providers();
    case "mispay-address":
    case "multipay-address":
      return m.setup_address({ provider: ofStep(step) });
    case "mispay-secrets":
    case "multipay-secrets":
      return m.setup_secrets({ provider: ofStep(step) });
    case "mispay-test":
    case "multipay-test":
      return m.setup_test({ provider: ofStep(step) });
    case "limits":
      return m.setup_limits();
    case "summary":
      return m.setup_summary();
  }
}

/** The question itself. */
export function question(step: StepName): string {
  switch (step) {
    case "mode":
      return m.setup_ask_mode();
    case "names":
      return m.setup_ask_names();
    case "providers":
      return m.setup_ask_providers();
    case "mispay-address":
    case "multipay-address":
      return m.setup_ask_address({ provider: ofStep(step) });
    case "mispay-secrets":
    case "multipay-secrets":
      return m.setup_ask_secrets({ provider: ofStep(step) });
    case "mispay-test":
    case "multipay-test":
      return m.setup_ask_test({ provider: ofStep(step) });
    case "limits":
      return m.setup_ask_limits();
    case "summary":
      return m.setup_ask_summary();
  }
}

/** What it means, and where a technician finds the answer. */
export function help(step: StepName): string {
  switch (step) {
    case "mode":
      return m.setup_help_mode();
    case "names":
      return m.setup_help_names();
    case "providers":
      return m.setup_help_providers();
    case "mispay-address":
      return m.setup_help_mispay_address();
    case "multipay-address":
      return m.setup_help_multipay_address();
    case "mispay-secrets":
    case "multipay-secrets":
      return m.setup_help_secrets();
    case "mispay-test":
    case "multipay-test":
      return m.setup_help_test();
    case "limits":
      return m.setup_help_limits();
    case "summary":
      return m.setup_help_summary();
  }
}

function ofStep(step: StepName): string {
  return providerName(step.startsWith("mispay") ? "mispay" : "multipay");
}

/** What Next waits for. */
export function lackWords(lack: Lack): string {
  switch (lack) {
    case null:
      return m.setup_next();
    case "terminal":
      return m.setup_want_terminal();
    case "provider":
      return m.setup_want_provider();
    case "unit":
      return m.setup_want_unit();
    case "address":
      return m.setup_want_address();
  }
}

export function modeWords(mode: Mode): string {
  switch (mode) {
    case "training":
      return m.setup_training_words();
    case "test":
      return m.setup_test_words();
    case "live":
      return m.setup_live_words();
  }
}

export type Outlook = "works" | "untested" | "fails";

/** Whether a provider will work as it is set up now, and if not, why: one sentence. */
export function providerOutlook(
  provider: ProviderName,
  view: SettingsView,
  form: SettingsForm,
  verdict: Verdict,
): { kind: Outlook; words: string } {
  const name = providerName(provider);
  const { address, secrets } = lacks(view, form, provider);
  const missing = [...address, ...secrets].map(missingWords).join(", ");
  if (missing !== "") return { kind: "fails", words: m.setup_lacks({ missing }) };
  switch (verdict) {
    case "failed":
      return { kind: "fails", words: m.setup_test_failed({ provider: name }) };
    case "none":
    case "running":
      return { kind: "untested", words: m.setup_not_tested({ provider: name }) };
    case "well":
    case "warning":
      return { kind: "works", words: m.setup_works({ provider: name }) };
  }
}

export function finishWords(mode: Mode): string {
  return m.setup_finish({ mode: modeName(mode) });
}
