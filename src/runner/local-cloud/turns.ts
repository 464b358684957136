// Who may use the local cloud now: its children share one sidecar, so they take turns.
import type { Outcome } from '../../contract/runner-protocol.ts';
import type { Driver, Running } from '../driver.ts';

export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>;

export const createTurns = (): TakeTurn => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
};

const NOT_BEGUN: Outcome = { status: 'cancelled', message: 'It was stopped before it began.' };

/** The same driver, with each operation waiting for its turn. */
export const inTurn = (driver: Driver, takeTurn: TakeTurn): Driver => ({
  mode: driver.mode,
  run: (order, watcher) => {
    let running: Running | undefined;
    let isWanted = true;
    return {
      outcome: takeTurn(async () => {
        if (!isWanted) return NOT_BEGUN;
        running = driver.run(order, watcher);
        return running.outcome;
      }),
      cancel: () => {
        isWanted = false;
        running?.cancel();
      },
      kill: async () => {
        isWanted = false;
        await running?.kill();
      },
    };
  },
});
