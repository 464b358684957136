// What an operator can know of this server afterwards: one log line per request and per tool call, and the same as a data
// point in Analytics Engine, from which docs/monitoring.md makes its alerts. Facts are named one by one; no argument, no
// header and no path of a caller's own making is among them.
import { type Facts, type Level, log } from '../lib/log.ts';

export interface RequestFacts {
  readonly requestId: string;
  readonly traceId?: string | undefined;
  readonly method: string;
  /** One of our routes, or `other`. */
  readonly route: string;
  readonly status: number;
  readonly client?: string | undefined;
  readonly ms: number;
}

export interface CallFacts {
  readonly requestId: string;
  readonly traceId?: string | undefined;
  readonly tool: string;
  readonly stage: string;
  /** `OK`, `ABORTED`, or a code of src/contract/errors.ts. */
  readonly code: string;
  readonly client: string;
  readonly ms: number;
  readonly errorId?: string;
}

export interface Telemetry {
  request(facts: RequestFacts): void;
  call(facts: CallFacts, level: Level): void;
  /** A fact that is neither, such as the exact reason of a refused login. */
  note(level: Level, event: string, facts: Facts): void;
}

/** Data points go nowhere when no dataset is bound: the log says the same. */
export const createTelemetry = (dataset: AnalyticsEngineDataset | undefined): Telemetry => ({
  request: (facts) => {
    log(levelOf(facts.status), 'request', { ...facts });
    dataset?.writeDataPoint({
      indexes: [facts.client ?? '-'],
      blobs: ['request', facts.route, String(facts.status), '-'],
      doubles: [facts.status, facts.ms],
    });
  },
  call: (facts, level) => {
    log(level, 'tool.called', { ...facts });
    dataset?.writeDataPoint({
      indexes: [facts.client],
      blobs: ['call', facts.tool, facts.code, facts.stage],
      doubles: [facts.code === 'OK' ? 0 : 1, facts.ms],
    });
  },
  note: log,
});

/** In words, so that `wrangler tail mcp-server | grep ERROR` finds what is broken and nothing else. */
const levelOf = (status: number): Level => {
  if (status < 400) return 'INFO';
  return status < 500 || status === 503 ? 'WARN' : 'ERROR';
};
