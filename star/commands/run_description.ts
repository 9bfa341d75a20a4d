/** The options of `orbit-star run`, and what it says about itself. */
import { resolve } from "node:path";
import { parseListenAddress, parsePeerAddress } from "#core/config/addresses.ts";
import { LOG_LEVELS, type LogFormat } from "#core/log/line.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseChoice, parseText, refuseValue } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";
import { STAR_PORT } from "../config/ports.ts";
import type { RunOptions } from "../run/settings.ts";
import { rootOptions, type RootSettings } from "#core/program/root_options.ts";

/** What the options add up to. */
export type RunSettings = RunOptions & RootSettings;

const FORMATS: readonly LogFormat[] = ["text", "json"];
const group = "Options";

/** How the log is written; the same for all that runs. */
export const logOptions: readonly Option<Pick<RunOptions, "logLevel" | "logFormat">>[] = [
  {
    name: "log-level",
    value: "LEVEL",
    group: "Options",
    completes: LOG_LEVELS,
    help: `the least important lines that are logged: ${LOG_LEVELS.join(", ")} (default: info)`,
    apply: (settings, value) => settings.logLevel = parseChoice("--log-level", value, LOG_LEVELS),
  },
  {
    name: "log-format",
    value: "FORMAT",
    group: "Options",
    completes: FORMATS,
    help: "text for people, json for one object a line (default: text)",
    apply: (settings, value) => settings.logFormat = parseChoice("--log-format", value, FORMATS),
  },
];

/** Where a Star's state and configuration are. */
export const placeOptions: readonly Option<Pick<RunOptions, "config" | "state">>[] = [
  {
    name: "config",
    value: "FILE",
    group,
    completes: "file",
    help: "the configuration (default: star.toml in the state folder, else /etc/orbit/star.toml, " +
      "where there is one)",
    apply: (settings, value) => settings.config = parseText("--config", value),
  },
  {
    name: "state",
    value: "DIR",
    group,
    completes: "directory",
    help: "where identity and key are kept (default: /var/lib/orbit-star for root, else " +
      "~/.local/state/orbit-star)",
    apply: (settings, value) => settings.state = resolve(parseText("--state", value)),
  },
];

/** Options of `orbit-star run`. */
export const runOptions: readonly Option<RunSettings>[] = [
  ...rootOptions,
  ...placeOptions,
  {
    name: "listen",
    value: "ADDRESS",
    group,
    completes: "none",
    help: 'also listen for the Nucleus here: "127.0.0.1:50051", "[::1]:50051", or ":50051" for ' +
      "every interface (default: it only dials out)",
    apply: (settings, value) => {
      settings.listen = parseListenAddress(value) ??
        refuseValue("--listen", value, "HOST:PORT or :PORT");
    },
  },
  {
    name: "advertise",
    value: "ADDRESS",
    group,
    completes: "none",
    help: `the address that others are told to reach it at (port ${STAR_PORT} unless given; ` +
      "default: the one it listens on)",
    apply: (settings, value) => {
      settings.advertise = parsePeerAddress(value, STAR_PORT) ??
        refuseValue("--advertise", value, "HOST or HOST:PORT");
    },
  },
  ...logOptions,
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help of `orbit-star run`. */
export const runDescription: CommandDescription = {
  program: "orbit-star",
  name: "run",
  summary: "serve this machine's files to the grid it has joined",
  forms: ["[--allow=DIR]… [--config=FILE] [--state=DIR] [OPTION]…"],
  about: [
    "Dials the Nucleus, stays connected, and serves what lies below the allowed places. Places " +
    "that are given here are used instead of those in the configuration; without either, those " +
    "that the join token named are. None of them may lie outside of what the token was for, nor " +
    "share a folder with the state.",
    "The process gives up its own rights to files once its workers stand: only they reach the " +
    "allowed places, and nothing else. orbit-star status tells which walls stand around them.",
    "SIGTERM ends it with status 0, ^C with 20; calls get three seconds to end. When the Nucleus " +
    "has revoked it, or its certificate has expired, it ends with status 5.",
  ],
  options: runOptions,
  examples: [
    { does: "Serve a directory", line: "orbit-star run --allow=/mnt/data" },
    {
      does: "Let the grid read all and write a part",
      line: "orbit-star run --allow-read=/mnt/data --allow-write=/mnt/data/in",
    },
    { does: "As configured", line: "orbit-star run --config=/etc/orbit/star.toml" },
  ],
  completes: "none",
};
