/** Tables of text. */

/**
 * Lines of a table: columns as wide as their widest cell, the last one as it is. Cells must be safe
 * to show.
 */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length))
  );
  return [header, ...rows].map((row) =>
    row.map((cell, column) => column === row.length - 1 ? cell : cell.padEnd(widths[column]))
      .join("  ").trimEnd()
  );
}

/** Lines of `name:  value`, the values one below the other; those without a value are left out. */
export function factLines(facts: readonly (readonly [name: string, value?: string])[]): string[] {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  return facts.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${`${name}:`.padEnd(width)} ${value}`]
  );
}
