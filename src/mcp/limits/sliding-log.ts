// The rule of every exact limit here: at most `limit` admissions in any span of `windowMs`. It remembers when each
// admission was, and nothing else will do: counters per minute let twice the limit through across a boundary. No I/O and
// no clock of its own. What happened in the same millisecond is one entry, so memory follows use, not the limit.

/** `count` admissions at the moment `at`, in milliseconds since the epoch. */
export interface Moment {
  readonly at: number;
  readonly count: number;
}

export interface Standing {
  readonly remaining: number;
  /** When the next slot frees; the present where none is taken. */
  readonly resetAt: number;
  /** The moment the log holds for now. It never runs backwards within a window. */
  readonly decidedAt: number;
}

export interface Decision extends Standing {
  readonly allowed: boolean;
}

/** What a disk has to take over to hold the same log. */
export interface Changes {
  /** New or different, oldest first. */
  readonly entries: readonly Moment[];
  /** Entries before this moment no longer count; those of any moment do not, when it is infinite. */
  readonly forgetBefore: number;
}

/** Forgotten entries stay in the arrays until this many can be cut off at once. */
const CUT_AT = 1_024;

export class SlidingLog {
  readonly #windowMs: number;
  #ats: number[];
  #counts: number[];
  /** Index of the oldest entry that still counts. */
  #head = 0;
  #used: number;
  #now: number;
  /** The earliest moment whose entry is not as it was saved. */
  #changedSince = Number.POSITIVE_INFINITY;

  /** `saved`: what an earlier log held, oldest first. */
  constructor(windowMs: number, saved: readonly Moment[] = []) {
    this.#windowMs = windowMs;
    this.#ats = saved.map(({ at }) => at);
    this.#counts = saved.map(({ count }) => count);
    this.#used = saved.reduce((sum, { count }) => sum + count, 0);
    this.#now = saved.at(-1)?.at ?? 0;
  }

  /** Admits one, or refuses. A limit that is not a number admits nothing. */
  take(limit: number, now: number): Decision {
    this.#advance(now);
    const allowed = this.#used < limit;
    if (allowed) this.#add(this.#now);
    return { allowed, ...this.#standing(limit) };
  }

  /** Where `limit` stands, with nothing taken. */
  look(limit: number, now: number): Standing {
    this.#advance(now);
    return this.#standing(limit);
  }

  /** Admissions within the window that ends at `now`. */
  used(now: number): number {
    this.#advance(now);
    return this.#used;
  }

  /** Since `markSaved`, as of the last decision. */
  changes(): Changes {
    const entries: Moment[] = [];
    for (let index = this.#ats.length - 1; index >= this.#head; index -= 1) {
      const entry = this.#entry(index);
      if (entry.at < this.#changedSince) break;
      entries.push(entry);
    }
    const isMoved = this.#changedSince === Number.NEGATIVE_INFINITY;
    const forgetBefore = isMoved ? Number.POSITIVE_INFINITY : (this.#ats[this.#head] ?? this.#now);
    return { entries: entries.toReversed(), forgetBefore };
  }

  markSaved(): void {
    this.#changedSince = Number.POSITIVE_INFINITY;
  }

  #standing(limit: number): Standing {
    return {
      remaining: Math.max(0, limit - this.#used),
      resetAt: this.#resetAt(limit),
      decidedAt: this.#now,
    };
  }

  /** After a lowered limit, as many as are too many have to leave before one more fits. */
  #resetAt(limit: number): number {
    let leaving = Math.max(1, this.#used - limit + 1);
    for (let index = this.#head; index < this.#ats.length; index += 1) {
      const { at, count } = this.#entry(index);
      leaving -= count;
      if (leaving <= 0) return at + this.#windowMs;
    }
    return this.#now;
  }

  #add(at: number): void {
    const last = this.#ats.length - 1;
    if (this.#ats[last] === at) this.#counts[last] = this.#entry(last).count + 1;
    else {
      this.#ats.push(at);
      this.#counts.push(1);
    }
    this.#used += 1;
    this.#changedSince = Math.min(this.#changedSince, at);
  }

  /**
   * A clock that steps back frees nothing early: the latest moment seen stands until the clock has caught up. A step of
   * more than a window takes the entries along, at the age they had: otherwise one wrong clock would shut a client out
   * until that time has come.
   */
  #advance(now: number): void {
    const behind = this.#now - now;
    if (behind > this.#windowMs) {
      this.#ats = this.#ats.map((at) => at - behind);
      this.#now = now;
      this.#changedSince = Number.NEGATIVE_INFINITY;
    }
    this.#now = Math.max(this.#now, now);
    this.#forget();
  }

  #forget(): void {
    while (this.#head < this.#ats.length) {
      const { at, count } = this.#entry(this.#head);
      if (at > this.#now - this.#windowMs) break;
      this.#used -= count;
      this.#head += 1;
    }
    if (this.#head < CUT_AT && this.#head < this.#ats.length) return;
    this.#ats.splice(0, this.#head);
    this.#counts.splice(0, this.#head);
    this.#head = 0;
  }

  #entry(index: number): Moment {
    return { at: this.#ats[index] ?? 0, count: this.#counts[index] ?? 0 };
  }
}
