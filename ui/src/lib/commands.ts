// The commands of the shell, typed, over Tauri's IPC. The only file of the view that knows Tauri.
import { Channel, invoke, isTauri } from "@tauri-apps/api/core";
import type { Answer, Commands, PaymentView, SettingsView } from "./bindings";
import { problemOf } from "./problem";

async function answer<T>(command: string, given: Record<string, unknown>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await invoke<T>(command, given) };
  } catch (thrown) {
    return { ok: false, problem: problemOf(thrown) };
  }
}

export const shellCommands: Commands = {
  async watch(onRevision) {
    const channel = new Channel<number>();
    channel.onmessage = onRevision;
    await invoke("watch", { channel });
  },
  snapshot: () => invoke("snapshot"),
  startSale: (sale) => answer<PaymentView>("start_sale", { sale }),
  checkNow: (payment) => answer<null>("check_now", { payment }),
  stopWaiting: (payment) => answer<null>("stop_waiting", { payment }),
  cancelPayment: (payment) => answer<null>("cancel_payment", { payment }),
  customerSays: (payment, said) => answer<null>("customer_says", { payment, said }),
  checkNumber: (payment, number) => answer<null>("check_number", { payment, number }),
  acknowledge: (payment) => answer<null>("acknowledge", { payment }),
  settings: () => invoke("settings"),
  saveSettings: (form) => answer<SettingsView>("save_settings", { form }),
  putSecret: (name, value) => answer<SettingsView>("put_secret", { name, value }),
  forgetSecret: (name) => answer<SettingsView>("forget_secret", { name }),
  restart: () => answer<null>("restart", {}),
  phones: () => invoke("phones"),
  phoneAct: (payment, act) => answer<null>("phone_act", { payment, act }),
};

/** The shell's commands inside Tauri; in a plain browser the till in memory, where the build holds it. */
export async function findCommands(): Promise<Commands> {
  if (isTauri() || "__TAURI_INTERNALS__" in window) return shellCommands;
  if (__FAKE_TILL__) return (await import("./fake")).fakeFromAddress(window.location.search);
  throw new Error("no shell");
}
