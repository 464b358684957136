// A stack that has nothing in common with the demo: other names, another id of the server, other classes.
export const SHOP: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop", "private": true, "type": "module" }\n',
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2024',
      module: 'esnext',
      moduleResolution: 'bundler',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    },
    files: ['alchemy.run.ts', 'wrong.ts'],
  }),
  'alchemy.run.ts': `
import * as Alchemy from 'alchemy';
import { McpServer } from 'alchemy-mcp-worker';
import * as Cloudflare from 'alchemy/Cloudflare';
import * as Effect from 'effect/Effect';

export default Alchemy.Stack(
  'shop',
  { providers: Cloudflare.providers(), state: Alchemy.localState() },
  Effect.gen(function* () {
    const stage = yield* Alchemy.Stage;
    const orders = yield* Cloudflare.D1.Database('orders', { migrations: './migrations' });
    const invoices = yield* Cloudflare.R2.Bucket('invoices');
    const web = yield* Cloudflare.Worker('web', {
      name: \`shop-web-\${stage}\`,
      main: './src/web.ts',
      compatibility: { date: '2026-07-30' },
      env: {
        ORDERS: orders,
        BASKET: Cloudflare.DurableObject('Basket', { className: 'Basket' }),
        SHIPPING: Cloudflare.Workflow('Shipping', { className: 'Shipping' }),
      },
    });
    const ops = yield* McpServer('ops', {
      databases: { orders },
      buckets: { invoices },
      workers: { web },
      workflows: { Shipping: web },
      objects: { Basket: web },
    });
    return { ops: ops.url, web: web.url };
  }),
);
`,
  'wrong.ts': `
import { McpServer } from 'alchemy-mcp-worker';
import type * as Cloudflare from 'alchemy/Cloudflare';

declare const bucket: Cloudflare.R2.Bucket;
// @ts-expect-error -- a bucket is no database
McpServer('ops', { databases: { orders: bucket } });
`,
  'src/web.ts': `
import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';

export class Basket extends DurableObject {
  async receiveMessage(message: string) {
    return { added: message };
  }
}

export class Shipping extends WorkflowEntrypoint {
  override async run() {
    return 'shipped';
  }
}

export default { fetch: () => new Response('shop') };
`,
  'migrations/0001_orders.sql': `
CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL);
INSERT INTO orders (item) VALUES ('a red kettle');
`,
};
