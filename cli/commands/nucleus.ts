/** `orbit nucleus`. */
import { systemClock } from "#core/clock.ts";
import { formatAddress } from "#core/config/mod.ts";
import { GRID_SCHEMA, type HealthShape } from "#core/grid_api/mod.ts";
import { parseCertificate } from "#core/identity/mod.ts";
import { escapeName } from "#core/names.ts";
import { expectPositionals, parseLine, usage } from "#core/program/arguments/parse.ts";
import { parseChoice } from "#core/program/arguments/values.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { runForeground } from "#core/program/foreground.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import { factLines } from "#core/program/output/table.ts";
import { findToken, findTrust, parseNucleusUrl } from "../grid/connection.ts";
import {
  NUCLEUS_VERBS,
  nucleusDescription,
  nucleusOptions,
  type NucleusSettings,
} from "../grid/nucleus_description.ts";
import { readSaved, removeSaved, type SavedNucleus, writeSaved } from "../grid/saved.ts";
import { sessionWith } from "../grid/session.ts";

/** Runs `orbit nucleus ARGS…` and returns the exit status. */
export async function nucleusCommand(args: readonly string[], host: Host): Promise<ExitCode> {
  const settings: NucleusSettings = { connection: {}, json: false };
  const { positionals, help } = parseLine(args, nucleusOptions, settings);
  if (help) {
    printText(host, commandHelp(nucleusDescription));
    return ExitCode.ok;
  }
  const [word = "show", ...rest] = positionals;
  const verb = parseChoice("verb", word, NUCLEUS_VERBS);
  const takes = verb === "add" ? 1 : 0;
  const form = verb === "add" ? "add URL" : `nothing after ${verb}`;
  expectPositionals(rest, { least: takes, most: takes, form });
  if (verb === "add") return await add(rest[0], settings, host);
  return verb === "show" ? show(settings, host) : remove(settings, host);
}

/** Nothing is kept before the Nucleus has taken the token. */
async function add(url: string, settings: NucleusSettings, host: Host): Promise<ExitCode> {
  const address = parseNucleusUrl("URL", url);
  const { connection } = settings;
  return await runForeground(host, async ({ signal }) => {
    const authorityPem = await findTrust(connection, address, { clock: systemClock, signal });
    const tokenFile = connection.tokenFile ?? "-";
    const token = await findToken({ tokenFile }, undefined, signal);
    const saved: SavedNucleus = { address, authorityPem, token };
    await using session = sessionWith(saved);
    await session.api.json<HealthShape>("/health", { signal });
    const folder = writeSaved(host, saved);
    tell(settings, host, saved, folder);
    return ExitCode.ok;
  });
}

function show(settings: NucleusSettings, host: Host): ExitCode {
  const saved = readSaved(host);
  if (saved === undefined) throw usage("no Nucleus is kept: orbit nucleus add URL keeps one");
  tell(settings, host, saved);
  return ExitCode.ok;
}

function remove({ json }: NucleusSettings, host: Host): ExitCode {
  const removed = removeSaved(host);
  const record = { schema: GRID_SCHEMA, type: "nucleus", seq: 0, removed };
  const text = removed ? "forgotten; its token is good until it is revoked" : "none was kept";
  printText(host, (json ? JSON.stringify(record) : text) + "\n");
  return ExitCode.ok;
}

function tell(
  { json }: NucleusSettings,
  host: Host,
  { address, authorityPem }: SavedNucleus,
  folder?: string,
): void {
  const at = formatAddress(address), fingerprint = parseCertificate(authorityPem).thumbprint;
  if (json) {
    const record = { schema: GRID_SCHEMA, type: "nucleus", seq: 0, address: at, fingerprint };
    return printText(host, JSON.stringify(record) + "\n");
  }
  const lines = factLines([
    ["nucleus", at],
    ["fingerprint", fingerprint],
    ...(folder ? [["kept in", escapeName(folder)] as [string, string]] : []),
  ]);
  printText(host, lines.map((line) => `${line}\n`).join(""));
}
