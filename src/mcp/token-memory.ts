// Claims of tokens whose signature this isolate has checked, so that a client's next call costs no cryptography. Found
// by the token's whole text, of which there is one spelling only. It holds good tokens alone: with bad ones in it,
// anybody could push the good ones out. An isolate lives for one deployment, so a removed key takes its tokens with it.
import type { Claims } from '../contract/token.ts';

export interface TokenMemory {
  get(token: string): Claims | undefined;
  /** Drops the oldest when there is no room. */
  remember(token: string, claims: Claims): void;
  forget(token: string): void;
}

export const createTokenMemory = (capacity = 1_000): TokenMemory => {
  const byText = new Map<string, Claims>();
  return {
    get: (token) => byText.get(token),
    remember: (token, claims) => {
      const [oldest] = byText.size < capacity ? [] : byText.keys();
      if (oldest !== undefined) byText.delete(oldest);
      byText.set(token, claims);
    },
    forget: (token) => void byText.delete(token),
  };
};
