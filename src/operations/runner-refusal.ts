// Why a runner's call changed nothing.

/** A lease, as each call of its runner names it. */
export interface Held {
  readonly operationId: string;
  readonly fence: number;
}

export interface RunnerRefusal {
  readonly code: 'STALE_FENCE' | 'BAD_REQUEST';
  readonly message: string;
}

export const stale = ({ operationId, fence }: Held): RunnerRefusal => ({
  code: 'STALE_FENCE',
  message: `Lease ${fence} of operation ${operationId} is no longer good.`,
});

export const badRequest = (message: string): RunnerRefusal => ({ code: 'BAD_REQUEST', message });
