// The shape of a JSON text, seen before anything parses it. What parses also builds: a value nested some thousand levels
// deep exhausts the stack of whoever walks it later, and of two equal keys JSON.parse silently keeps the last, so that a
// gateway in front of us and we could read two different stages out of one body. It does not check the grammar.

export type ShapeFault = 'too-deep' | 'duplicate-key' | 'forbidden-key';

const MAX_DEPTH = 32;
/** Copied with Object.assign, this key would set a prototype instead of a property. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__']);

/**
 * Strings, and the characters that open, close and divide; anything else carries no shape. A string that does not end
 * reaches to the end of the text: looking for its end again from every quote in it would take the square of the time.
 */
const TOKEN = /"(?:[^"\\]|\\.)*(?:"|\\?$)|[[\]{},]/gs;

/** One linear pass. Undefined when there is nothing to object to, for text that is no JSON too. */
export function shapeFault(json: string): ShapeFault | undefined {
  /** The keys of each open object; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (const [token] of json.matchAll(TOKEN)) {
    switch (token) {
      case '{':
      case '[':
        open.push(token === '{' ? new Set() : undefined);
        if (open.length > MAX_DEPTH) return 'too-deep';
        isKeyNext = token === '{';
        break;
      case '}':
      case ']':
        open.pop();
        isKeyNext = false;
        break;
      case ',':
        isKeyNext = open.at(-1) !== undefined;
        break;
      default: {
        const fault = isKeyNext ? keyFault(token, open.at(-1)) : undefined;
        if (fault !== undefined) return fault;
        isKeyNext = false;
      }
    }
  }
  return undefined;
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
