/** The options of `tokens`. */
import { parseDuration } from "#core/config/mod.ts";
import type { RoleWord } from "#core/grid_api/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseChoice, parseText, refuseValue } from "#core/program/arguments/values.ts";
import type { GridDoor } from "./door.ts";
import { commonOptions, type CommonSettings } from "./run.ts";

/** What the options add up to. */
export interface TokensSettings extends CommonSettings {
  /** API tokens are meant, not join tokens. */
  api: boolean;
  all: boolean;
  name?: string;
  role?: RoleWord;
  constellations: string[];
  roots: string[];
  pathPrefixes: string[];
  approved: boolean;
  lifetimeMs?: number;
}

const ROLES: readonly RoleWord[] = ["viewer", "operator", "admin"];

const group = "Options";

const own: Option<TokensSettings>[] = [
  {
    name: "api",
    group,
    help: "API tokens instead of join tokens",
    apply: (settings) => settings.api = true,
  },
  {
    name: "all",
    group,
    help: "list: also those that are used, revoked or over",
    apply: (settings) => settings.all = true,
  },
  {
    name: "name",
    value: "NAME",
    group,
    completes: "none",
    help: "create: the name of the Star, instead of its host's; or what the API token is called",
    apply: (settings, value) => settings.name = parseText("--name", value),
  },
  {
    name: "constellation",
    value: "NAME",
    group,
    completes: "none",
    help: "create: the constellation that the Star will be in (default: default); or the only " +
      "one that the API token reaches (may be repeated)",
    apply: ({ constellations }, value) => {
      constellations.push(parseText("--constellation", value));
    },
  },
  {
    name: "root",
    value: "DIR",
    group,
    completes: "none",
    help: "create: the only place that the Star may serve (may be repeated)",
    apply: ({ roots }, value) => void roots.push(parseText("--root", value)),
  },
  {
    name: "approved",
    group,
    help: "create: the Star is active at once, instead of pending",
    apply: (settings) => settings.approved = true,
  },
  {
    name: "lifetime",
    value: "TIME",
    group,
    completes: "none",
    help: "create: how long it is good for, such as 10m; join tokens an hour at most",
    apply: (settings, value) => {
      settings.lifetimeMs = parseDuration(value) ??
        refuseValue("--lifetime", value, "a duration such as 90s, 10m, 1h or 7d");
    },
  },
  {
    name: "role",
    value: "ROLE",
    group,
    completes: ROLES,
    help: "create --api: what it allows: viewer (look), operator (run jobs), admin (all)",
    apply: (settings, value) => settings.role = parseChoice("--role", value, ROLES),
  },
  {
    name: "path-prefix",
    value: "DIR",
    group,
    completes: "none",
    help: "create --api: the only place on Stars that it reaches, no link (may be repeated)",
    apply: ({ pathPrefixes }, value) => {
      pathPrefixes.push(parseText("--path-prefix", value));
    },
  },
];

/** Options of `tokens`. */
export function tokensOptions(door: GridDoor): Option<TokensSettings>[] {
  return [...own, ...commonOptions<TokensSettings>(door)];
}
