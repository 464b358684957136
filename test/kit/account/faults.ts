// What Cloudflare may answer instead: refusals and delays, by method and path, for a number of calls.

export interface Fault {
  readonly method?: string;
  readonly path: RegExp;
  /** Without one, the call is only delayed. */
  readonly status?: number;
  readonly code?: number;
  readonly message?: string;
  /** For how many calls; once, unless told otherwise. */
  readonly times?: number;
  /** How many such calls pass before it. */
  readonly skip?: number;
  readonly delayMs?: number;
}

export class Faults {
  #pending: { fault: Fault; left: number; skip: number }[] = [];

  add(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? 1, skip: fault.skip ?? 0 });
  }

  clear(): void {
    this.#pending = [];
  }

  /** The fault of this call, if it has one; it counts as used. */
  take(method: string, path: string): Fault | undefined {
    const found = this.#pending.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method === undefined || fault.method === method) &&
        fault.path.test(path),
    );
    if (found === undefined) return undefined;
    if (found.skip-- > 0) return undefined;
    found.left--;
    return found.fault;
  }
}
