// Characters a person cannot see can carry orders to a model, or turn what is shown around. They are written out here
// as \u{202E}; nothing is removed, so the reader can tell that something was there. This file knows characters only.

/**
 * Everything that is drawn as nothing or changes how its neighbours are drawn: controls other than \t \n \r, bidi
 * controls, zero-width and filler characters, variation selectors, tags U+E0000-E007F and byte order marks (all of them
 * "default ignorable" in Unicode), line and paragraph separators, interlinear annotations, format controls of
 * hieroglyphs, noncharacters, and surrogates without a partner.
 */
const HIDDEN =
  /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Bidi_Control}\u{FFF9}-\u{FFFB}\u{13430}-\u{1343F}]/gu;

/**
 * What an emoji needs to be drawn as one: a variation selector 16 directly after a pictograph (or inside a keycap), and
 * a joiner between two pictographs. Each needs a visible pictograph, so the most it can hide is one bit per emoji seen.
 * Flags of regions (tag characters), text style selectors, and joiners of Arabic or Indic script are written out.
 */
const EMOJI_PART =
  /(?<=\p{Extended_Pictographic})\u{FE0F}|(?<=[0-9#*])\u{FE0F}(?=\u{20E3})|(?<=\p{Extended_Pictographic}[\p{Emoji_Modifier}\u{FE0F}]?)\u{200D}(?=\p{Extended_Pictographic})/gu;

/** What JSON.stringify makes of a control character or a lone surrogate; also matches an escaped backslash, harmlessly. */
const JSON_ESCAPE = /\\[ubf]/;

const codePoint = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}}`;

/** `text` with every hidden character written out. Ordinary text comes back as it was. */
export function makeVisible(text: string): string {
  HIDDEN.lastIndex = 0;
  if (!HIDDEN.test(text)) return text;
  const kept = new Set<number>();
  for (const match of text.matchAll(EMOJI_PART)) kept.add(match.index);
  return text.replace(HIDDEN, (character, at: number) =>
    kept.has(at) ? character : codePoint(character),
  );
}

/** True when no string inside the value that gave this JSON text can need `makeVisible`. Cheap, and may say false too often. */
export function isPlainlyVisible(json: string): boolean {
  HIDDEN.lastIndex = 0;
  return !JSON_ESCAPE.test(json) && !HIDDEN.test(json);
}

/** Text of a caller or of a resource inside a sentence of ours: on one line, visible, quoted and short. */
export function echo(text: string, maxCharacters = 80): string {
  const oneLine = makeVisible(text.slice(0, maxCharacters * 2))
    .replaceAll(/[\t\n\r]/g, codePoint)
    .replaceAll('"', "'");
  const isCut = text.length > maxCharacters * 2;
  return `"${shorten(oneLine, maxCharacters, isCut)}"`;
}

/** A whole sentence of ours that may quote others: visible, and no longer than `maxCharacters`. */
export function sentence(text: string, maxCharacters = 2_000): string {
  const isCut = text.length > maxCharacters * 2;
  return shorten(makeVisible(text.slice(0, maxCharacters * 2)), maxCharacters, isCut);
}

function shorten(visible: string, maxCharacters: number, isCut: boolean): string {
  const characters = Array.from(visible);
  if (!isCut && characters.length <= maxCharacters) return visible;
  // Cutting an emoji in two would leave its joiner behind, hidden again.
  const kept = characters.slice(0, maxCharacters).join('');
  return `${kept.replace(/(?:\u{200D}|\u{FE0F})+$/u, '')}…`;
}
