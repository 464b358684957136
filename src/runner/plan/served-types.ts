// The local resources that a process serves. Where none does, as after a restart, Alchemy plans to `update` them though
// nothing about them has changed, and applying that is what starts them again.
const SERVED: ReadonlySet<unknown> = new Set([
  'Cloudflare.Worker',
  'Cloudflare.Workflow',
  'Cloudflare.Queues.Consumer',
]);

export const isServedLocally = (type: unknown, mode: unknown): boolean =>
  mode === 'local' && SERVED.has(type);
