// The shape of a JSON text, seen before anything parses it. What parses also builds: a value nested some thousand levels
// deep exhausts the stack of whoever walks it later, and of two equal keys JSON.parse silently keeps the last, so that a
// gateway in front of us and we could read two different stages out of one body. It does not check the grammar.

export type ShapeFault = 'too-deep' | 'duplicate-key' | 'forbidden-key';

const MAX_DEPTH = 32;
/** Copied with Object.assign, this key would set a prototype instead of a property. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__']);

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** One linear pass. Undefined when there is nothing to object to, for text that is no JSON too. */
export function shapeFault(json: string): ShapeFault | undefined {
  /** The keys of each open object; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < json.length; at += 1) {
    switch (json.charCodeAt(at)) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        isKeyNext = json.charCodeAt(at) === OPEN_OBJECT;
        open.push(isKeyNext ? new Set() : undefined);
        if (open.length > MAX_DEPTH) return 'too-deep';
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        isKeyNext = false;
        break;
      case COMMA:
        isKeyNext = open.at(-1) !== undefined;
        break;
      case QUOTE: {
        const end = endOfString(json, at);
        if (end === -1) return undefined;
        const fault = isKeyNext ? keyFault(json.slice(at, end + 1), open.at(-1)) : undefined;
        if (fault !== undefined) return fault;
        isKeyNext = false;
        at = end;
        break;
      }
      default:
    }
  }
  return undefined;
}

/** Where the string that begins at `start` has its closing quote; -1 when it has none. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end;
}

/** A quote after an odd number of backslashes. No backslash belongs to two quotes, so all of this is one pass still. */
function isEscaped(json: string, quote: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

function keyFault(token: string, keys: Set<string> | undefined): ShapeFault | undefined {
  const key = token.includes('\\') ? unescaped(token) : token.slice(1, -1);
  if (FORBIDDEN_KEYS.has(key)) return 'forbidden-key';
  if (keys?.has(key) === true) return 'duplicate-key';
  keys?.add(key);
  return undefined;
}

/** "\u0061" is the key "a". What is no JSON string is refused later, by the parser. */
function unescaped(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}
