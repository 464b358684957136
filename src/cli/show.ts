// Text of others on a terminal: on one line and with every hidden character written out, so that an operation's error
// cannot move the cursor, colour the screen, or look like a line of ours.
import { echo } from '../lib/visible-text.ts';

const MAX_CHARACTERS = 200;

export const plain = (text: string, maxCharacters = MAX_CHARACTERS): string =>
  echo(text, maxCharacters).slice(1, -1);

/** Columns of even width, two spaces apart; the last one is as long as it is. */
export const columns = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => Array.from(row[at] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - Array.from(cell).length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
