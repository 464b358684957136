// What happened by the account of those who did it: what was acknowledged, which effects there were, who held which
// stage when. The engine's own word is held against it.
export interface Holding {
  readonly stage: string;
  readonly fence: number;
  readonly runnerId: string;
  readonly from: number;
  until: number;
}

export interface Accepted {
  readonly operationId: string;
  readonly fence: number;
  readonly status: string;
}

export class Ledger {
  readonly acknowledged = new Map<string, string>();
  readonly effects = new Map<string, number>();
  readonly holdings: Holding[] = [];
  readonly finishes: Accepted[] = [];
  readonly counts = new Map<string, number>();
  readonly #highest = new Map<string, number>();
  readonly #granted = new Map<string, string>();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  countOf = (what: string): number => this.counts.get(what) ?? 0;

  effect(operationId: string): void {
    this.effects.set(operationId, (this.effects.get(operationId) ?? 0) + 1);
  }

  /** A fence that goes to two runners, or falls, is a fault of the engine's. */
  granted(stage: string, fence: number, runnerId: string): void {
    const key = `${stage} ${fence}`;
    const holder = this.#granted.get(key);
    if (holder !== undefined && holder !== runnerId) this.count('fences reused');
    this.#granted.set(key, runnerId);
    this.#highest.set(stage, Math.max(fence, this.#highest.get(stage) ?? 0));
  }

  /** Whether a newer lease of the stage is known to be out: from then on an older fence must be refused. */
  isSuperseded = (stage: string, fence: number): boolean => (this.#highest.get(stage) ?? 0) > fence;

  /** Pairs of holdings of one stage that overlap. */
  overlaps(): [Holding, Holding][] {
    const byStage = Map.groupBy(this.holdings, ({ stage }) => stage);
    return [...byStage.values()].flatMap((of) => {
      const sorted = of.toSorted((a, b) => a.from - b.from);
      return sorted.flatMap((one, n): [Holding, Holding][] => {
        const next = sorted[n + 1];
        return next !== undefined && next.from < one.until ? [[one, next]] : [];
      });
    });
  }
}
