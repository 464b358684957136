/** The instance of each Durable Object class that health probes ask, so that they touch none of the application's. */
export const PROBE_INSTANCE = 'mcp-health-probe';
