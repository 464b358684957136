// Reads a request body once, and never more of it than the limit allows. What the JSON means is decided elsewhere.
import { isJsonContentType, readRequestBody } from '@modelcontextprotocol/server';

import { drainBody } from '../../lib/drain-body.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { within } from '../../lib/within.ts';
import { shapeFault, type ShapeFault } from './json-shape.ts';

/** Far above any honest tool call; far below what would hurt an isolate of 128 MB. */
export const MAX_BODY_BYTES = 256 * 1024;

/** How much of a refused body is still taken in: cutting a sender off earlier resets its connection before it reads why. */
const DISCARDED = { maxBytes: 16 * 1024 * 1024, maxMs: 10_000 };

/** Long enough for 256 KiB over a telephone; short enough that a sender who dawdles holds nothing. */
const READ_MS = 10_000;

export type BodyFault = 'not-json-type' | 'too-large' | 'too-slow' | 'unreadable' | ShapeFault;

export async function readJsonBody(request: Request): Promise<Result<unknown, BodyFault>> {
  if (!isJsonContentType(request.headers.get('content-type'))) {
    // Left unread, the runtime closes the connection under the sender's next request.
    await drainBody(request, DISCARDED);
    return err('not-json-type');
  }
  const text = (await within(readText(request), READ_MS)) ?? err('too-slow');
  if (!text.ok) return text;
  const fault = shapeFault(text.value);
  if (fault !== undefined) return err(fault);
  try {
    const body: unknown = JSON.parse(text.value);
    return ok(body);
  } catch {
    return err('unreadable');
  }
}

async function readText(request: Request): Promise<Result<string, BodyFault>> {
  try {
    // The runtime delivers no more than the declared length, so reading at once is safe, and several times faster than
    // the SDK's reader, which counts chunk by chunk and is what a chunked body needs.
    if (declaresFittingLength(request)) {
      const text = await request.text();
      return text.length <= MAX_BODY_BYTES ? ok(text) : err('too-large');
    }
    const read = await readRequestBody(request, MAX_BODY_BYTES);
    if (!read.tooLarge) return ok(read.text);
  } catch {
    return err('unreadable');
  }
  await drainBody(request, DISCARDED);
  return err('too-large');
}

function declaresFittingLength(request: Request): boolean {
  const declared = request.headers.get('content-length');
  return declared !== null && /^\d+$/.test(declared) && Number(declared) <= MAX_BODY_BYTES;
}
