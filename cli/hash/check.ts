/** Checking lists for `orbit hash --check`. */
import { equalBytes, readSumList, type SumListItem } from "#core/hash/mod.ts";
import { toOrbitError } from "#core/errors.ts";
import { resolvePath } from "../arguments/paths.ts";
import { referentOf } from "../targets.ts";
import { reasonOf } from "#core/program/output/message.ts";
import type { CheckResult } from "./output.ts";
import { hashNamed, type HashTools } from "./run.ts";

/** Something found while checking a list. */
export type CheckItem =
  | { kind: "checked"; name: string; result: CheckResult }
  | { kind: "bad"; line: number; reason: string };

/**
 * Checks every file of a list, in the list's order; lines that can't be used come first.
 *
 * @param list A path, or "-" for standard input.
 * @throws What kept the list from being read.
 */
export async function* checkList(list: string, tools: HashTools): AsyncGenerator<CheckItem> {
  const sums: (SumListItem & { kind: "sum" })[] = [];
  for (const item of readSumList(await readPieces(list, tools))) {
    if (item.kind === "sum") sums.push(item);
    else yield item;
  }
  let index = 0;
  for await (const { name, ...found } of hashNamed(sums.map(({ name }) => name), tools)) {
    const { hash } = sums[index++];
    const result: CheckResult = found.error !== undefined
      ? { status: "unreadable", reason: reasonOf(found.error) }
      : { status: equalBytes(found.hash, hash) ? "ok" : "differs" };
    yield { kind: "checked", name, result };
  }
}

/** The pieces of a list. */
export async function readPieces(
  list: string,
  { host, reading, foreground: { signal } }: HashTools,
): Promise<Iterable<Uint8Array>> {
  if (list === "-") return host.stdinPieces();
  const { path } = resolvePath(list, { cwd: host.cwd(), realPath: reading.realPath });
  const { base, name } = referentOf(path, reading);
  await using system = await reading.openSystem({ read: [base], width: 1, signal });
  try {
    const stream = system.openStream(`${base === "/" ? "" : base}/${name}`, {}, { signal });
    return await Array.fromAsync(stream as AsyncIterable<Uint8Array>);
  } catch (error) {
    throw signal.aborted ? error : toOrbitError(error);
  }
}
