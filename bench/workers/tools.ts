// As many tools as a run asks for: the cheap one, the product's own, and copies of those under other names.
import { tools as own } from '../../src/mcp/tools/index.ts';
import { readNotes } from './read-notes.ts';

/** Set when the Worker is bundled. */
declare const SIZE: number;

const copies = Array.from({ length: 6 }, (_, n) =>
  own.map((tool) => ({ ...tool, name: `${tool.name}_${n + 2}` })),
).flat();

export const tools = [readNotes, ...own, ...copies].slice(0, SIZE);
