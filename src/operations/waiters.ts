// Callers who wait for an operation to move. In memory only: one that is forgotten looks again by itself before long, since
// another instance of the object may have made the change.

/** Each waiter looks again after this long, called or not. */
const LOOK_MS = 2_000;
const MAX_WAITING = 500;
const MAX_WAIT_MS = 60_000;

export class Waiters {
  #waiting = new Set<() => void>();

  /** What `look` finds, which is asked again with each change; `isOver` once `ms` have passed. */
  async until<T>(
    ms: number,
    look: (isOver: boolean) => Promise<{ readonly found: T } | undefined>,
  ): Promise<T> {
    let isOver = false;
    // Not by the clock, which may step.
    const timer = setTimeout(
      () => {
        isOver = true;
        this.wakeAll();
      },
      Math.min(ms, MAX_WAIT_MS),
    );
    try {
      for (;;) {
        const seen = await look(isOver);
        if (seen !== undefined) return seen.found;
        await this.#next(ms);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves with the next change, and after `ms` in any case. */
  async #next(ms: number): Promise<void> {
    // One too many is not remembered, and looks again like the rest.
    const isHeard = this.#waiting.size < MAX_WAITING;
    let wake: (() => void) | undefined;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, Math.min(ms, LOOK_MS));
    });
    if (isHeard && wake !== undefined) this.#waiting.add(wake);
    try {
      await woken;
    } finally {
      clearTimeout(timer);
      if (wake !== undefined) this.#waiting.delete(wake);
    }
  }

  wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }
}
