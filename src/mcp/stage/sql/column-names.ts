// The names the caller gave the columns. Inside a subquery SQLite makes equal names different ("id", "id:1"); this
// takes the mark off again, so that duplicates stay duplicates. Where the statement itself writes such a name it stays.

export function columnNames(names: readonly string[], statement: string): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    const original = /^(.+):[0-9]+$/s.exec(name)?.[1];
    const isMarked =
      original !== undefined && seen.has(original.toLowerCase()) && !statement.includes(name);
    const own = isMarked ? original : name;
    seen.add(own.toLowerCase());
    return own;
  });
}
