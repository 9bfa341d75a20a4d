/** The options of `orbit-star join`, and what it says about itself. */
import { resolve } from "node:path";
import { parsePeerAddress, type PeerAddress } from "#core/config/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseText, refuseValue } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";
import { NUCLEUS_PORT } from "../config/mod.ts";

/** What the options add up to. */
export interface JoinSettings {
  token?: string;
  tokenFile?: string;
  hub?: PeerAddress;
  state?: string;
  name?: string;
  force: boolean;
  json: boolean;
}

/** The settings before any option. */
export function initialJoinSettings(): JoinSettings {
  return { force: false, json: false };
}

const group = "Options";

/** Options of `orbit-star join`. */
export const joinOptions: readonly Option<JoinSettings>[] = [
  {
    name: "hub",
    value: "HOST[:PORT]",
    group,
    completes: "none",
    help: `where the Nucleus is (port ${NUCLEUS_PORT} unless given)`,
    apply: (settings, value) => {
      const hub = parsePeerAddress(value, NUCLEUS_PORT);
      settings.hub = hub ?? refuseValue("--hub", value, "HOST or HOST:PORT");
    },
  },
  {
    name: "token",
    value: "TOKEN",
    group,
    completes: "none",
    help: "the join token; it is good for one use, but others on this machine may see it in the " +
      "list of processes until then: --token-file and standard input hide it",
    apply: (settings, value) => settings.token = parseText("--token", value),
  },
  {
    name: "token-file",
    value: "FILE",
    group,
    completes: "file",
    help: "read the join token from a file that only you can read (- for standard input)",
    apply: (settings, value) => settings.tokenFile = parseText("--token-file", value),
  },
  {
    name: "name",
    value: "NAME",
    group,
    completes: "none",
    help: "the name to ask for (default: the host's); the token's own goes before it",
    apply: (settings, value) => settings.name = parseText("--name", value),
  },
  {
    name: "state",
    value: "DIR",
    group,
    completes: "directory",
    help: "where to keep identity and key (default: /var/lib/orbit-star for root, else " +
      "~/.local/state/orbit-star)",
    apply: (settings, value) => settings.state = resolve(parseText("--state", value)),
  },
  {
    name: "force",
    group,
    help: "join anew although this machine is a Star already; its old identity is given up",
    apply: (settings) => settings.force = true,
  },
  {
    name: "json",
    group,
    help: "tell what was joined as one JSON object",
    apply: (settings) => settings.json = true,
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help of `orbit-star join`. */
export const joinDescription: CommandDescription = {
  program: "orbit-star",
  name: "join",
  summary: "make this machine a Star of a grid",
  forms: ["--hub=HOST[:PORT] [--token=TOKEN | --token-file=FILE]"],
  about: [
    "Checks that the Nucleus at HOST is the one that made the token, before anything is said to " +
    "it; makes a key, which never leaves this machine; and gets a certificate for it. Without " +
    "--token and --token-file the token is read from standard input.",
    "A token is good for one Star and at most an hour; orbit-nucleus token create makes one. " +
    "Unless it pre-approves, somebody has to approve the Star: orbit-nucleus star approve NAME.",
  ],
  options: joinOptions,
  examples: [
    { does: "Join", line: "orbit-star join --hub=nucleus.lan --token=orbit1_…" },
    { does: "Keep the token out of sight", line: "orbit-star join --hub=nucleus.lan < token" },
    { does: "Then serve a directory", line: "orbit-star run --allow=/mnt/data" },
  ],
  completes: "none",
};
