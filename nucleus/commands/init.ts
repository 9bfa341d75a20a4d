/** `orbit-nucleus init`. */
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import { writePrivateFile } from "#core/identity/mod.ts";
import { escapeName } from "#core/names.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { parseText } from "#core/program/arguments/values.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { type CommandDescription, commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { optionOf, shellLine } from "#core/program/output/shell.ts";
import { factLines } from "#core/program/output/table.ts";
import { printText } from "#core/program/output/print.ts";
import { createStoredApiToken } from "../api/mod.ts";
import { createNucleus, DataFile } from "../data/folder.ts";
import { openGridStore } from "../store/mod.ts";
import { findPlace, placeOptions, type PlaceSettings } from "./place.ts";

interface InitSettings {
  place: PlaceSettings;
  adminTokenFile?: string;
  json: boolean;
}

const group = "Options";

const initOptions: readonly Option<InitSettings>[] = [
  ...placeOptions<InitSettings>(({ place }) => place),
  {
    ...{ name: "admin-token-file", value: "FILE", group, completes: "file" },
    help: "write the admin's API token to a file (mode 0600) instead of printing it",
    apply: (settings, value) => settings.adminTokenFile = parseText("--admin-token-file", value),
  },
  {
    ...{ name: "json", group },
    help: "tell what was made as one JSON object",
    apply: (settings) => settings.json = true,
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help of `orbit-nucleus init`. */
export const initDescription: CommandDescription = {
  program: "orbit-nucleus",
  name: "init",
  summary: "make a Nucleus, and an API token for its admin",
  forms: ["[--data=DIR] [--admin-token-file=FILE] [OPTION]…"],
  about: [
    "The authority's key never leaves the folder; its fingerprint is how Stars and people know " +
    "this Nucleus, and its certificate is what other programs check it by, such as curl " +
    "--cacert. The admin's API token is shown once. Losing it is no harm: whoever may read " +
    "the folder makes another by orbit-nucleus token create --api --role=admin --name=NAME.",
  ],
  options: initOptions,
  examples: [
    { does: "Make one, and start it", line: "orbit-nucleus init && orbit-nucleus run" },
    {
      does: "Keep the token off the screen",
      line: "orbit-nucleus init --admin-token-file=admin.token",
    },
  ],
  completes: "none",
};

/** Runs `orbit-nucleus init ARGS…` and returns the exit status. */
export async function initCommand(args: readonly string[], host: Host): Promise<ExitCode> {
  const settings: InitSettings = { place: {}, json: false };
  const { positionals, help } = parseLine(args, initOptions, settings);
  if (help) {
    printText(host, commandHelp(initDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { most: 0, form: "options only" });
  const { folder } = findPlace(settings.place, host);
  const { fingerprint } = await createNucleus(folder, systemClock);
  const { adminTokenFile, json } = settings;
  const text = createAdminToken(folder);
  if (adminTokenFile !== undefined) writePrivateFile(adminTokenFile, text + "\n");
  const shown = adminTokenFile === undefined ? text : undefined;
  if (json) {
    const record = {
      schema: "orbit.init/1",
      folder,
      fingerprint,
      adminToken: shown,
      adminTokenFile,
    };
    printText(host, JSON.stringify(record) + "\n");
    return ExitCode.ok;
  }
  const facts = factLines([
    ["folder", escapeName(folder)],
    ["certificate", escapeName(join(folder, DataFile.authority))],
    ["fingerprint", fingerprint],
    ["admin token", shown ?? `in ${escapeName(adminTokenFile!)}`],
  ]);
  const once = shown === undefined ? [] : ["The admin token isn't shown again."];
  const { data, config } = settings.place;
  const next = shellLine(
    "orbit-nucleus",
    "run",
    optionOf("data", data),
    optionOf("config", config),
  );
  printText(host, [...facts, ...once, `next: ${next}`, ""].join("\n"));
  return ExitCode.ok;
}

function createAdminToken(folder: string): string {
  using store = openGridStore(folder);
  const request = { name: "first admin", role: "admin" as const };
  return createStoredApiToken({ store, clock: systemClock }, request, { kind: "cli" }).text;
}
