// What the history shows: the question, the rows found so far, and their sums. The last question wins; rows that are
// shown stay until their answer is there, so that nothing jumps.
import type {
  Commands,
  HistoryChoices,
  HistoryPage,
  HistoryQuery,
  HistoryRow,
  Problem,
  SumView,
} from "../../lib/bindings";

/** How long typing rests before it is asked, in milliseconds. */
export const DEBOUNCE_MS = 120;
/** How many pages are read again when the till has news; rows behind them stay as they are. */
const REFRESH_PAGES_MAX = 4;
/** A page counts as full from here; a sparse search goes on asking by itself until then. */
const ROWS_PER_STEP = 50;

export const EVERYTHING: HistoryQuery = {
  search: "",
  from_day: null,
  to_day: null,
  state: null,
  provider: null,
  operator: null,
  currency: null,
  terminal: null,
};

type Found = { rows: HistoryRow[]; next: string | null };

/** Older rows behind those that are shown; what stood there already is not shown twice. */
function joined(rows: HistoryRow[], older: HistoryRow[]): HistoryRow[] {
  const last = rows.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
  return [...rows, ...older.filter((row) => row.seq < last)];
}

export class HistoryList {
  query = $state.raw<HistoryQuery>(EVERYTHING);
  /** `undefined` is loading. */
  rows = $state.raw<HistoryRow[] | undefined>(undefined);
  choices = $state.raw<HistoryChoices | undefined>(undefined);
  count = $state<number | null>(null);
  sums = $state.raw<SumView[] | null>(null);
  next = $state<string | null>(null);
  /** Asks on for older payments at this moment. */
  searching = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Where the list was scrolled to, for the way back from a payment. */
  scrollOffset = 0;

  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private revision = -1;
  private refreshing = false;

  constructor(private readonly commands: Commands) {}

  /** The screen opened: today's payments, unless something else was being looked at. */
  async open(): Promise<void> {
    const answer = await this.commands.historyChoices();
    const first = this.choices === undefined;
    if (answer.ok) {
      const before = this.choices?.today;
      this.choices = answer.value;
      const { today } = answer.value;
      const wasToday = this.query.from_day === before && this.query.to_day === before;
      if (first || (wasToday && before !== today))
        return this.filter({ from_day: today, to_day: today });
    }
    if (this.rows === undefined) await this.ask();
  }

  /** Takes what is typed into the search at once and asks when typing rests. */
  type(search: string): void {
    this.query = { ...this.query, search };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), DEBOUNCE_MS);
  }

  async filter(change: Partial<HistoryQuery>): Promise<void> {
    this.query = { ...this.query, ...change };
    await this.ask();
  }

  async clear(): Promise<void> {
    await this.filter(EVERYTHING);
  }

  /** Asks anew from the newest payment. */
  async ask(): Promise<void> {
    clearTimeout(this.timer);
    const mine = (this.asked += 1);
    this.searching = false;
    const answer = await this.commands.history(this.query, null);
    if (mine !== this.asked) return;
    this.scrollOffset = 0;
    if (!answer.ok) {
      this.problem = answer.problem;
      this.rows = [];
      this.next = null;
      this.count = null;
      this.sums = null;
      return;
    }
    this.problem = null;
    this.head(answer.value);
    this.rows = answer.value.rows;
    this.next = answer.value.next;
    if (answer.value.searching) await this.more();
  }

  /** Loads what is older, and goes on while the till found too little. */
  async more(): Promise<void> {
    if (this.searching || this.next === null || this.rows === undefined) return;
    const mine = this.asked;
    this.searching = true;
    let gained = 0;
    while (this.next !== null && gained < ROWS_PER_STEP) {
      const answer = await this.commands.history(this.query, this.next);
      if (mine !== this.asked) return;
      if (!answer.ok) {
        this.problem = answer.problem;
        break;
      }
      gained += answer.value.rows.length;
      this.rows = joined(this.rows, answer.value.rows);
      this.next = answer.value.next;
      if (!answer.value.searching) break;
    }
    this.searching = false;
  }

  /** The till has news: reads the newest pages again and keeps the place. */
  async follow(revision: number): Promise<void> {
    if (this.rows === undefined || this.revision < 0) {
      this.revision = revision;
      return;
    }
    if (revision === this.revision) return;
    this.revision = revision;
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      let seen: number;
      do {
        seen = this.revision;
        await this.refresh();
      } while (seen !== this.revision);
    } finally {
      this.refreshing = false;
    }
  }

  private async refresh(): Promise<void> {
    const mine = this.asked;
    const query = this.query;
    const wanted = this.rows?.length ?? 0;
    const fresh: Found = { rows: [], next: null };
    let from: string | null = null;
    for (let page = 0; page < REFRESH_PAGES_MAX; page += 1) {
      const answer = await this.commands.history(query, from);
      // A newer question, or older rows that arrived meanwhile, would be overwritten.
      if (mine !== this.asked || !answer.ok) return;
      if (page === 0) this.head(answer.value);
      fresh.rows.push(...answer.value.rows);
      fresh.next = from = answer.value.next;
      if (from === null || fresh.rows.length >= wanted) break;
    }
    const last = fresh.rows.at(-1)?.seq ?? 0;
    const tail = fresh.next === null ? [] : (this.rows ?? []).filter((row) => row.seq < last);
    this.rows = [...fresh.rows, ...tail];
    if (tail.length === 0) this.next = fresh.next;
  }

  private head(page: HistoryPage): void {
    this.count = page.count;
    this.sums = page.sums;
  }
}

/** The one payment whose reference or receipt was scanned, if there is one: a paid sale first, the newest first. */
export async function findScanned(commands: Commands, text: string): Promise<HistoryRow | null> {
  const answer = await commands.history({ ...EVERYTHING, search: text }, null);
  if (!answer.ok) return null;
  const fits = answer.value.rows.filter(
    (row) => row.reference === text || row.receipt === text || row.id === text,
  );
  return fits.find((row) => row.kind === "sale" && row.state === "paid") ?? fits[0] ?? null;
}
