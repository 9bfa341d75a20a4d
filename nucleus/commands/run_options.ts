/** The options of `orbit-nucleus run`, and what it says about itself. */
import { isHost, type ListenAddress, parseListenAddress } from "#core/config/mod.ts";
import { LOG_LEVELS, type LogFormat, type LogLevel } from "#core/log/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseChoice, refuseValue } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";
import { rootOptions, type RootSettings } from "#core/program/root_options.ts";
import { placeOptions, type PlaceSettings } from "./place.ts";

/** What the options add up to. */
export interface RunSettings extends RootSettings {
  place: PlaceSettings;
  listen?: ListenAddress;
  names: string[];
  logLevel?: LogLevel;
  logFormat?: LogFormat;
}

/** The settings before any option. */
export function initialRunSettings(cwd: string): RunSettings {
  return { place: {}, names: [], roots: [], cwd };
}

const group = "Options";
const FORMATS: readonly LogFormat[] = ["text", "json"];

/** Options of `orbit-nucleus run`. */
export const runOptions: readonly Option<RunSettings>[] = [
  ...placeOptions<RunSettings>(({ place }) => place),
  {
    ...{ name: "listen", value: "ADDRESS", group, completes: "none" },
    help: 'where to listen: "127.0.0.1:50050", "[::1]:50050", or ":50050" for every interface ' +
      "(default)",
    apply: (settings, value) => {
      settings.listen = parseListenAddress(value) ??
        refuseValue("--listen", value, "an address such as 127.0.0.1:50050 or :50050");
    },
  },
  {
    ...{ name: "name", value: "NAME", group, completes: "none" },
    help: "a host name or an IP address that Stars and people reach it by; its certificate is " +
      "good for it (may be repeated)",
    apply: ({ names }, value) => {
      names.push(isHost(value) ? value : refuseValue("--name", value, "a host name or an address"));
    },
  },
  ...rootOptions,
  {
    ...{ name: "log-level", value: "LEVEL", group, completes: LOG_LEVELS },
    help: `the least important lines that are logged: ${LOG_LEVELS.join(", ")} (default: info)`,
    apply: (settings, value) => settings.logLevel = parseChoice("--log-level", value, LOG_LEVELS),
  },
  {
    ...{ name: "log-format", value: "FORMAT", group, completes: FORMATS },
    help: "text for people, json for one object a line (default: text)",
    apply: (settings, value) => settings.logFormat = parseChoice("--log-format", value, FORMATS),
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help of `orbit-nucleus run`. */
export const runDescription: CommandDescription = {
  program: "orbit-nucleus",
  name: "run",
  summary: "start the Nucleus, and stay until told to stop",
  forms: ["[--data=DIR] [--listen=ADDRESS] [OPTION]…"],
  about: [
    "Stars, people and programs reach it by TLS 1.3 on one port; the other commands of this " +
    "machine by a socket in the data folder. Jobs that its last process left unfinished go on. " +
    "What the command line says goes before nucleus.toml.",
    "Jobs of admins may touch this machine's own files below the places that are allowed here, or " +
    "in [files] of nucleus.toml when none are given here: they are called nucleus:/PATH.",
    "It logs to standard error. SIGTERM ends it with status 0, ^C with 20; calls get two seconds " +
    "to end, and jobs go on when it is started again.",
  ],
  options: runOptions,
  examples: [
    { does: "For Stars that know it as nucleus.lan", line: "orbit-nucleus run --name=nucleus.lan" },
    { does: "For this machine only", line: "orbit-nucleus run --listen=127.0.0.1:50050" },
  ],
  completes: "none",
};
