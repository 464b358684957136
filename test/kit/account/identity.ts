// Who the token belongs to. Cloudflare API reference: "User → Tokens → Verify", "Accounts".
import { newId } from './content.ts';
import { Page } from './envelope.ts';
import { type Route, route } from './route.ts';

export const identityRoutes: readonly Route[] = [
  // GET /user/tokens/verify
  route('GET', '/user/tokens/verify', () => ({ id: newId(), status: 'active' })),
  // GET /accounts/{account_id}/tokens/verify
  route('GET', '/accounts/:account/tokens/verify', () => ({ id: newId(), status: 'active' })),
  // GET /accounts
  route('GET', '/accounts', ({ content, query }) => {
    return new Page([{ id: content.accountId, name: 'emulated', type: 'standard' }], query);
  }),
];
