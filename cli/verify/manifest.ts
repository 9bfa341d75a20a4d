/** `orbit verify --manifest FILE [DIR]`: a tree against a list of hashes. */
import type { ErrorData } from "#core/errors.ts";
import { equalBytes, readSumList, type SumListItem } from "#core/hash/mod.ts";
import { escapeName } from "#core/names.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { FileType } from "#core/system/scan_batch.ts";
import type { HashResult, OrbitSystem } from "#core/system/system.ts";
import { readPieces } from "../hash/check.ts";
import { hashInOrder } from "../hash/hash_files.ts";
import type { HashTools } from "../hash/run.ts";
import type { ExitCode } from "#core/program/exit_codes.ts";
import { ITEMIZED_EXTRA } from "./output.ts";
import type { VerifyReport } from "./report.ts";

/** What is checked. */
export interface ManifestOrder {
  /** The manifest as the user named it, "-" for standard input. */
  manifest: string;
  /** Absolute real path of the manifest; absent for standard input. */
  manifestPath?: string;
  /** Absolute real path of the directory that its names are relative to. */
  directory: string;
  /** Files that aren't listed are differences. */
  strict: boolean;
}

type Sum = SumListItem & { kind: "sum" };

/** Checks what is listed, prints what differs, and returns the exit status. */
export async function verifyManifest(
  order: ManifestOrder,
  report: VerifyReport,
  tools: HashTools,
): Promise<ExitCode> {
  const { signal } = tools.foreground;
  const sums = readSums(await readPieces(order.manifest, tools), order.manifest, report);
  const { directory } = order;
  await using system = await tools.reading.openSystem({
    read: [directory],
    width: tools.jobs,
    signal,
  });
  const files = sums.map(({ name }) => ({ base: directory, name: withoutDot(name) }));
  const onBytes = (bytes: number) => void (report.bytes += bytes);
  let index = 0;
  for await (const result of hashInOrder(system, files, { signal, onBytes })) {
    judge(sums[index++], result, report);
  }
  if (order.strict) {
    const listed = new Set(files.map(({ name }) => name));
    await findExtra(system, order, listed, report, signal);
  }
  return report.end(`"${escapeName(directory)}" against "${escapeName(order.manifest)}"`);
}

function readSums(pieces: Iterable<Uint8Array>, manifest: string, report: VerifyReport): Sum[] {
  const sums: Sum[] = [];
  for (const item of readSumList(pieces)) {
    if (item.kind === "sum") sums.push(item);
    else {
      const message = `read ${JSON.stringify(manifest)}: line ${item.line}: ${item.reason}`;
      report.trouble(manifest, { code: "corrupt", message, detail: { path: manifest } });
    }
  }
  return sums;
}

function judge({ name, hash }: Sum, result: HashResult, report: VerifyReport): void {
  report.files++;
  const { error } = result;
  if (error === undefined) {
    if (equalBytes(result.hash!, hash)) return;
    const reason = "content differs";
    report.difference({ status: "differs", path: name, itemized: ">fc........", reason });
  } else if (isMissing(error)) {
    const reason = "missing";
    report.difference({ status: "missing", path: name, itemized: ">f+++++++++", reason });
  } else {
    report.trouble(name, error);
  }
}

function isMissing({ detail: { errno } }: ErrorData): boolean {
  return errno === "ENOENT" || errno === "ENOTDIR";
}

/** Files of the tree that the manifest doesn't list; the manifest itself needn't be. */
async function findExtra(
  system: OrbitSystem,
  { directory, manifestPath }: ManifestOrder,
  listed: ReadonlySet<string>,
  report: VerifyReport,
  signal: AbortSignal,
): Promise<void> {
  const request = { base: directory, recursive: true };
  for await (const batch of system.scanTree(request, { signal })) {
    for (const { path, error } of batch.data.troubles) report.trouble(path, error);
    for (const part of batch.data.parts) {
      for (let row = part.from; row < part.to; row++) {
        if (!batch.isType(row, FileType.file)) continue;
        const path = joinPath(part.directory, batch.name(row));
        if (listed.has(path) || joinPath(directory, path) === manifestPath) continue;
        const reason = "not in the manifest";
        report.difference({ status: "extra", path, itemized: ITEMIZED_EXTRA, reason });
      }
    }
  }
}

/** `./a` is `a`. */
function withoutDot(name: string): string {
  return name.startsWith("./") ? name.slice(2) : name;
}
