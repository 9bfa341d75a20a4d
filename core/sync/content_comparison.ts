/** `--checksum`: deciding by content what size and time leave open. */
import { equalBytes } from "#core/hash/mod.ts";
import type { HashResult } from "#core/system/system.ts";
import type { PlanInput } from "./plan_state.ts";

/** A file of a source and one of the destination's side that may be equal. */
export interface OpenComparison {
  /** Index of the source. */
  source: number;
  sourcePath: string;
  /** Absolute base of the other file, on the destination's system. */
  otherBase: string;
  otherPath: string;
  onEqual: () => void;
  onDifferent: () => void;
}

/** Collects comparisons and carries them out together. */
export class ContentComparison {
  readonly #input: Pick<PlanInput, "source" | "destination" | "sources" | "onTrouble" | "signal">;
  #open: OpenComparison[] = [];

  constructor(
    input: Pick<PlanInput, "source" | "destination" | "sources" | "onTrouble" | "signal">,
  ) {
    this.#input = input;
  }

  add(comparison: OpenComparison): void {
    this.#open.push(comparison);
  }

  /**
   * Hashes both files of every open comparison and calls back, in the order they were added. A
   * source that can't be read is reported and left alone.
   */
  async flush(): Promise<void> {
    const open = this.#open.splice(0);
    if (open.length === 0) return;
    const { source, destination, sources, onTrouble, signal } = this.#input;
    const [ours, theirs] = await Promise.all([
      hashGroups(
        open,
        (o) => sources[o.source].base,
        (base, group) => source.hashFiles(base, group.map((o) => o.sourcePath), { signal }),
      ),
      hashGroups(
        open,
        (o) => o.otherBase,
        (base, group) => destination.hashFiles(base, group.map((o) => o.otherPath), { signal }),
      ),
    ]);
    for (const comparison of open) {
      const mine = ours.get(comparison)!, other = theirs.get(comparison)!;
      if (mine.error !== undefined) onTrouble(comparison.sourcePath, mine.error);
      else if (other.hash !== undefined && equalBytes(mine.hash!, other.hash)) comparison.onEqual();
      else comparison.onDifferent();
    }
  }
}

async function hashGroups(
  open: readonly OpenComparison[],
  baseOf: (comparison: OpenComparison) => string,
  hash: (base: string, group: OpenComparison[]) => Promise<HashResult[]>,
): Promise<Map<OpenComparison, HashResult>> {
  const results = new Map<OpenComparison, HashResult>();
  await Promise.all(
    [...Map.groupBy(open, baseOf)].map(async ([base, group]) => {
      const hashes = await hash(base, group);
      group.forEach((comparison, k) => results.set(comparison, hashes[k]));
    }),
  );
  return results;
}
