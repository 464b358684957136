// The clients that get in at 0 %: a list that people write by hand into KV.
import { z } from 'zod';

import { parseJson } from '../../lib/json.ts';

export interface Testers {
  readonly clients: readonly string[];
  readonly problem?: string;
}

/** Every isolate holds the list in memory, and fetches it again every few seconds. */
const MAX_CHARACTERS = 65_536;

/** Ids divided by commas, white space or line ends, or a JSON array of them. A list that cannot be read lets in nobody. */
export const parseTesters = (flag: string, text: string): Testers => {
  if (text.length > MAX_CHARACTERS)
    return { clients: [], problem: `${flag} is longer than ${MAX_CHARACTERS} characters.` };
  const trimmed = text.trim();
  if (!trimmed.startsWith('['))
    return { clients: trimmed.split(/[\s,]+/).filter((client) => client !== '') };
  const list = z.array(z.string()).safeParse(parseJson(trimmed));
  return list.success
    ? { clients: list.data }
    : { clients: [], problem: `${flag} is not a JSON array of client ids; it lets in nobody.` };
};
