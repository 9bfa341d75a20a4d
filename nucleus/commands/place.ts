/** Which Nucleus of this machine is meant: options that every command has. */
import type { Option } from "#core/program/arguments/option.ts";
import { parseText } from "#core/program/arguments/values.ts";
import type { Host } from "#core/program/host.ts";
import { defaultNucleusConfig, type NucleusConfig, readNucleusConfig } from "../config/mod.ts";
import { defaultDataFolder } from "../data/folder.ts";

/** As it was given. */
export interface PlaceSettings {
  data?: string;
  config?: string;
}

/** A Nucleus of this machine. */
export interface NucleusPlace {
  folder: string;
  config: NucleusConfig;
}

/** The options, taking effect on what `of` finds in the parser's state. */
export function placeOptions<S>(of: (state: S) => PlaceSettings, group = "Options"): Option<S>[] {
  return [
    {
      ...{ name: "data", value: "DIR", group, completes: "directory" },
      help: "the data folder (default: [data] directory of nucleus.toml, else " +
        "/var/lib/orbit-nucleus for root, else ~/.local/state/orbit-nucleus)",
      apply: (state, value) => of(state).data = parseText("--data", value),
    },
    {
      ...{ name: "config", value: "FILE", group, completes: "file" },
      help: "read settings from this nucleus.toml",
      apply: (state, value) => of(state).config = parseText("--config", value),
    },
  ];
}

/** @throws {OrbitError} what speaks against `nucleus.toml`. */
export function findPlace({ data, config: path }: PlaceSettings, host: Host): NucleusPlace {
  const config = path === undefined ? defaultNucleusConfig() : readNucleusConfig(path);
  return { folder: data ?? config.data.directory ?? defaultDataFolder(host), config };
}
