// The commands of the shell, typed, over Tauri's IPC. The only file of the view that knows Tauri.
import { Channel, invoke, isTauri } from "@tauri-apps/api/core";
import type {
  ActivityPage,
  Answer,
  Commands,
  FindingView,
  HistoryChoices,
  HistoryPage,
  JournalView,
  PaymentDetail,
  PaymentView,
  PeopleView,
  RemovableView,
  RemovalView,
  ReportHead,
  ReportView,
  SettingChange,
  SettingsView,
} from "./bindings";
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
  async watchClosing(onAsked) {
    const channel = new Channel<null>();
    channel.onmessage = onAsked;
    await invoke("watch_closing", { channel });
  },
  stay: () => answer<null>("stay", {}),
  leave: () => answer<null>("leave", {}),
  startSale: (sale, approver) => answer<PaymentView>("start_sale", { sale, approver }),
  checkNow: (payment) => answer<null>("check_now", { payment }),
  stopWaiting: (payment) => answer<null>("stop_waiting", { payment }),
  cancelPayment: (payment) => answer<null>("cancel_payment", { payment }),
  customerSays: (payment, said) => answer<null>("customer_says", { payment, said }),
  checkNumber: (payment, number) => answer<null>("check_number", { payment, number }),
  acknowledge: (payment, approver) => answer<null>("acknowledge", { payment, approver }),
  settings: () => invoke("settings"),
  saveSettings: (form) => answer<SettingsView>("save_settings", { form }),
  putSecret: (name, value) => answer<SettingsView>("put_secret", { name, value }),
  forgetSecret: (name) => answer<SettingsView>("forget_secret", { name }),
  restart: () => answer<null>("restart", {}),
  examine: (onFinding) => {
    const channel = new Channel<FindingView>();
    channel.onmessage = onFinding;
    return answer<FindingView[]>("examine", { channel });
  },
  testConnection: (provider, onStep) => {
    const channel = new Channel<FindingView>();
    channel.onmessage = onStep;
    return answer<FindingView[]>("test_connection", { provider, channel });
  },
  confirmAmountUnit: (shown) => answer<SettingsView>("confirm_amount_unit", { shown }),
  supportBundle: () => answer<string>("support_bundle", {}),
  exportSettings: () => answer<string>("export_settings", {}),
  readSettings: (text) => answer<SettingChange[]>("read_settings", { text }),
  importSettings: (text) => answer<SettingsView>("import_settings", { text }),
  crashSeen: () => answer<null>("crash_seen", {}),
  phones: () => invoke("phones"),
  phoneAct: (payment, act) => answer<null>("phone_act", { payment, act }),

  refund: (refund, approver) => answer<PaymentView>("refund", { refund, approver }),
  settle: (settle, approver) => answer<null>("settle", { settle, approver }),
  history: (query, from) => answer<HistoryPage>("history", { query, from }),
  historyChoices: () => answer<HistoryChoices>("history_choices", {}),
  paymentDetail: (payment) => answer<PaymentDetail>("payment_detail", { payment }),
  exportHistory: (query, format, approver) =>
    answer<number>("export_history", { query, format, approver }),
  cancelJob: (job) => answer<null>("cancel_job", { job }),
  printed: (paper, about) => answer<null>("printed", { paper, about }),

  signIn: (name, pin) => answer<null>("sign_in", { name, pin }),
  signOut: (cause) => answer<null>("sign_out", { cause }),
  practise: () => answer<null>("practise", {}),
  firstManager: (name, pin) => answer<null>("first_manager", { name, pin }),
  recoverManager: (pin) => answer<null>("recover_manager", { pin }),
  people: () => answer<PeopleView>("people", {}),
  addOperator: (name, role, pin, approver) =>
    answer<null>("add_operator", { name, role, pin, approver }),
  setRole: (name, role, approver) => answer<null>("set_role", { name, role, approver }),
  setPin: (name, pin, approver) => answer<null>("set_pin", { name, pin, approver }),
  removeOperator: (name, approver) => answer<null>("remove_operator", { name, approver }),
  unlockOperator: (name, approver) => answer<null>("unlock_operator", { name, approver }),
  setAccess: (role, permission, access, approver) =>
    answer<null>("set_access", { role, permission, access, approver }),
  setLimit: (currency, each, shift, approver) =>
    answer<null>("set_limit", { currency, each, shift, approver }),
  openShift: (approver) => answer<null>("open_shift", { approver }),
  closeShift: (approver) => answer<ReportView>("close_shift", { approver }),
  report: (number) => answer<ReportView>("report", { number }),
  reports: () => answer<ReportHead[]>("reports", {}),
  exportReport: (number, format, approver) =>
    answer<string>("export_report", { number, format, approver }),
  activity: (from, operator) => answer<ActivityPage>("activity", { from, operator }),
  journal: () => answer<JournalView>("journal", {}),
  verify: () => answer<number>("verify", {}),
  backup: (approver) => answer<number>("backup", { approver }),
  removable: (years) => answer<RemovableView>("removable", { years }),
  removeOld: (years, reason, approver, onStep) => {
    const channel = new Channel<RemovalView>();
    channel.onmessage = onStep;
    return answer<null>("remove_old", { years, reason, approver, channel });
  },
  acceptAsItIs: (reason, approver) => answer<null>("accept_as_it_is", { reason, approver }),
  restore: (file, reason, approver) => answer<null>("restore", { file, reason, approver }),
};

/** The shell's commands inside Tauri; in a plain browser the till in memory, where the build holds it. */
export async function findCommands(): Promise<Commands> {
  if (isTauri() || "__TAURI_INTERNALS__" in window) return shellCommands;
  if (__FAKE_TILL__) return (await import("./fake")).fakeFromAddress(window.location.search);
  throw new Error("no shell");
}
