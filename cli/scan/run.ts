/** Scanning for `orbit scan`: rows come from a worker while the ones before are written here. */
import { systemError } from "#core/errors.ts";
import type { FilterRule } from "#core/sync/filter/mod.ts";
import type { ScanBatch, ScanTrouble } from "#core/system/scan_batch.ts";
import type { ScanRequest } from "#core/system/system.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import type { Foreground } from "#core/program/foreground.ts";
import type { Host } from "#core/program/host.ts";
import { ByteOutput } from "#core/program/output/byte_output.ts";
import { OutputBuffer } from "#core/program/output/buffer.ts";
import { troubleLine } from "#core/program/output/message.ts";
import type { Reading } from "../reading.ts";
import { openTarget, type Target } from "../targets.ts";
import type { ScanSettings } from "./description.ts";
import { jsonFormat, jsonHead, textFormat, troubleJson } from "./output.ts";
import { RowWriter } from "./row_writer.ts";

/** What to scan. */
export interface ScanOrder {
  /** Absolute path. */
  path: string;
  settings: ScanSettings;
  filter: FilterRule[];
}

/** File workers: more don't help, as one thread writes what all of them find. */
const WIDTH = Math.min(2, navigator.hardwareConcurrency);

/** A reader waits for what was found at most about this long. */
const FLUSH_MS = 200;

/** Scans and prints, and returns the exit status. */
export async function runScan(
  order: ScanOrder,
  host: Host,
  reading: Reading,
  { signal, onClosed }: Foreground,
): Promise<ExitCode> {
  const { followLinks } = order.settings;
  const target = await openTarget(
    order.path,
    { width: WIDTH, signal, unconfined: followLinks },
    reading,
  );
  await using _system = target.system;
  const printer = new ScanPrinter(host, order.settings.json, onClosed);
  const { system } = target;
  for await (const batch of system.scanTree(toRequest(order, target), { signal })) {
    printer.print(batch);
  }
  if (printer.isIdle && target.name !== undefined) await requireEntry(order.path, target, signal);
  return printer.finish();
}

function toRequest({ settings, filter }: ScanOrder, { base, name }: Target): ScanRequest {
  const { followLinks, oneFileSystem } = settings;
  const only = name === undefined ? {} : { directories: [""], names: [[name]] };
  const how = { recursive: name === undefined, wide: true };
  return { base, ...only, ...how, filter, followLinks, oneFileSystem };
}

/** Tells an entry that rules leave out from one that isn't there. */
async function requireEntry(path: string, target: Target, signal: AbortSignal): Promise<void> {
  const { system, base, name } = target;
  const request = { base, directories: [""], names: [[name!]], recursive: false };
  for await (const { data } of system.scanTree(request, { signal })) {
    if (data.rows.length > 0) return;
  }
  throw systemError("ENOENT", "scan", path);
}

/** Prints batches, and what could not be looked at. */
class ScanPrinter {
  readonly #host: Host;
  readonly #output: ByteOutput;
  readonly #errors: OutputBuffer;
  readonly #rows: RowWriter;
  readonly #isJson: boolean;
  #troubles = 0;
  #flushedAt: number;

  constructor(host: Host, isJson: boolean, onClosed: () => void) {
    this.#host = host;
    this.#isJson = isJson;
    this.#output = new ByteOutput(host.stdout, onClosed);
    this.#errors = new OutputBuffer(host.stderr);
    this.#rows = isJson
      ? new RowWriter(jsonFormat, this.#output, jsonHead("entry"))
      : new RowWriter(textFormat, this.#output, null);
    this.#flushedAt = host.elapsed();
  }

  /** Nothing was found, and nothing went wrong. */
  get isIdle(): boolean {
    return this.#rows.seq === 0;
  }

  print(batch: ScanBatch): void {
    this.#rows.write(batch);
    batch.data.troubles.forEach((trouble) => this.#tell(trouble));
    const now = this.#host.elapsed();
    if (now - this.#flushedAt < FLUSH_MS) return;
    this.#flushedAt = now;
    this.#flush();
  }

  finish(): ExitCode {
    this.#flush();
    return this.#troubles === 0 ? ExitCode.ok : ExitCode.someFailed;
  }

  #tell(trouble: ScanTrouble): void {
    this.#troubles++;
    if (this.#isJson) this.#output.putText(`${troubleJson(trouble, this.#rows.seq++)}\n`);
    this.#errors.writeLine(troubleLine(trouble.path, trouble.error));
  }

  #flush(): void {
    this.#output.flush();
    this.#errors.flush();
  }
}
