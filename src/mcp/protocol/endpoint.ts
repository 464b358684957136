// The MCP endpoint: revision 2026-07-28, the 2025 revisions, and a bare curl, on one URL and without sessions. It chooses
// the era and the layer that answers; it knows nothing of authentication, limits or CORS, which come before it, nor of
// scopes and stages, which are the tools' seam. Every answer is JSON-RPC, refusals included.
import { acceptsStream } from './accept.ts';
import { createClassify } from './classify.ts';
import type { EndpointTool, OnError } from './endpoint-tool.ts';
import { createFastPath } from './fast-path.ts';
import { serveLegacy } from './legacy-leg.ts';
import { createModernLeg } from './modern-leg.ts';
import { type BodyFault, MAX_BODY_BYTES, readJsonBody } from './request-body.ts';
import {
  batchTooLong,
  badShape,
  bodyTooLarge,
  bodyTooSlow,
  brokenInside,
  methodNotAllowed,
  notJson,
  notParseable,
} from './rpc-error.ts';
import { type ServerFeatures, serverFor } from './sdk-server.ts';
import { catalogsOf } from './tool-catalog.ts';

/** The rate limit counts requests; only revision 2025-03-26 has batches, and no official client sends one. */
const MAX_BATCH = 10;

export interface EndpointOptions<Caller> {
  readonly info: { readonly name: string; readonly version: string };
  readonly instructions: string;
  /** Beside tools. The same for every caller. */
  readonly features?: ServerFeatures;
  /** In the order they are listed. Asked once per grant and isolate. */
  readonly toolsFor: (caller: Caller) => readonly EndpointTool<Caller>[];
  /** Pure; equal grants mean equal tools. Whatever changes the list must be in it. */
  readonly grantOf: (caller: Caller) => string;
  /** False: the SDK serves everything. For comparing the two, and as a switch in an emergency. */
  readonly fast?: boolean;
  /** Faults of ours, for the log. Never shown to the caller. */
  readonly onError?: OnError;
}

export interface Endpoint<Caller> {
  fetch(request: Request, caller: Caller): Promise<Response>;
}

export function createEndpoint<Caller>(options: EndpointOptions<Caller>): Endpoint<Caller> {
  const onError = neverThrows(options.onError);
  const { info, instructions, features } = options;
  const facts = { info, instructions, features, onError };
  const catalogOf = catalogsOf(options);
  const classify = createClassify();
  const modern = createModernLeg();
  const fast = options.fast === false ? undefined : createFastPath<Caller>(facts);

  async function serve(request: Request, caller: Caller): Promise<Response> {
    if (request.method !== 'POST') return methodNotAllowed();
    const read = await readJsonBody(request);
    if (!read.ok) return FAULTS[read.error]();
    const body = read.value;
    if (Array.isArray(body) && body.length > MAX_BATCH) return batchTooLong(MAX_BATCH);
    const grant = options.grantOf(caller);
    const catalog = catalogOf(caller, grant);
    const build = () => serverFor(facts, catalog, caller, body);
    const outcome = classify(request.headers, body);
    // What belongs to no era, the modern handler refuses in the SDK's words.
    const sdk = (stream: boolean) =>
      outcome.kind === 'legacy'
        ? serveLegacy(request, body, build(), stream)
        : modern(request, body, build());
    const askSdk = () => sdk(false);
    const answer = await fast?.({ request, body, outcome, caller, grant, catalog, askSdk });
    return answer ?? sdk(acceptsStream(request.headers.get('accept')));
  }

  return {
    async fetch(request, caller) {
      try {
        return await serve(request, caller);
      } catch (error) {
        onError(new Error('The MCP endpoint failed', { cause: error }));
        return brokenInside();
      }
    },
  };
}

const FAULTS: Record<BodyFault, () => Response> = {
  'not-json-type': notJson,
  'too-large': () => bodyTooLarge(MAX_BODY_BYTES),
  'too-slow': bodyTooSlow,
  'too-deep': () => badShape('the body is nested too deep'),
  'duplicate-key': () => badShape('an object has the same key twice'),
  'forbidden-key': () => badShape('the key __proto__ is not taken'),
  unreadable: notParseable,
};

/** A log that fails must not become the caller's failure. */
const neverThrows =
  (onError: OnError = () => {}): OnError =>
  (error) => {
    try {
      onError(error);
    } catch {
      // There is nowhere left to report it to.
    }
  };
