/** `orbit-star status`. */
import { join } from "node:path";
import { formatAddress } from "#core/config/addresses.ts";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import { isRunning } from "../lock.ts";
import { findStateFolder } from "../run/settings.ts";
import { parseIdentity, type StarIdentity, StateFile } from "../state.ts";
import { parseStatus, type StarStatus } from "../status.ts";
import { statusDescription, statusOptions, type StatusSettings } from "./status_description.ts";
import { statusText } from "./status_text.ts";

/** What is known of the Star on this machine. */
export interface StatusReport {
  readonly running: boolean;
  /** It runs, and its link to the Nucleus stands. */
  readonly connected: boolean;
  readonly identity: StarIdentity;
  /** What it said last; of an earlier run when it doesn't run. */
  readonly status: StarStatus | undefined;
}

/** Runs `orbit-star status ARGS…` and returns the exit status. */
export async function statusCommand(args: readonly string[], host: Host): Promise<ExitCode> {
  const settings: StatusSettings = { json: false };
  const { positionals, help } = parseLine(args, statusOptions, settings);
  if (help) {
    printText(host, commandHelp(statusDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { most: 0, form: "options only" });
  const report = readReport(await findStateFolder(settings, host));
  printText(host, settings.json ? toJson(report) : statusText(report, host.now()));
  return report.connected ? ExitCode.ok : ExitCode.fileIo;
}

/** @throws {OrbitError} `not_found` when this machine hasn't joined. */
export function readReport(folder: string): StatusReport {
  const identity = readIfThere(join(folder, StateFile.identity));
  if (identity === undefined) {
    throw new OrbitError(
      "not_found",
      `"${escapeName(folder)}": this machine hasn't joined a grid; run orbit-star join first`,
    );
  }
  const running = isRunning(folder);
  const bytes = readIfThere(join(folder, StateFile.status));
  const status = bytes === undefined ? undefined : parseStatus(bytes);
  return {
    running,
    connected: running && status?.link === "connected",
    identity: parseIdentity(new TextDecoder().decode(identity)),
    status,
  };
}

function readIfThere(path: string): Uint8Array | undefined {
  return attempt("read status", path, () => {
    try {
      return Deno.readFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

function toJson({ running, connected, identity, status }: StatusReport): string {
  const { starId, name, constellation, nucleus } = identity;
  const record = {
    ...{ starId, name, constellation, nucleus: formatAddress(nucleus) },
    ...status,
    ...{ schema: "orbit.star-status/1", running, connected },
  };
  return JSON.stringify(record) + "\n";
}
