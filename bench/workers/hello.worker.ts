// The least a Worker can do: what all others are measured against.
export { RunnerHub, StageEngine, AddressGuard, ClientLimiter, RolloutRegistry } from './objects.ts';

export default {
  fetch: () =>
    new Response('{"hello":"world"}', { headers: { 'content-type': 'application/json' } }),
} satisfies ExportedHandler;
