/** Options on how entries are copied and which of their attributes are kept. */
import type { Option } from "#core/program/arguments/option.ts";
import type { SyncSettings } from "./settings.ts";

type Preserved = keyof SyncSettings["options"]["preserve"];

/** An option that keeps one attribute, with its `--no-` forms. */
function keeps(attribute: Preserved, option: Omit<Named, "group">): Option<SyncSettings> {
  return {
    group: "What is kept",
    ...option,
    apply(settings) {
      settings.options.preserve[attribute] = true;
      option.also?.(settings);
    },
    negate(settings) {
      settings.options.preserve[attribute] = false;
    },
  };
}

interface Named extends Pick<Option<SyncSettings>, "name" | "short" | "help" | "group"> {
  also?: (settings: SyncSettings) => void;
}

function keepDevices(settings: SyncSettings, keep: boolean): void {
  settings.options.preserve.devices = keep;
  settings.options.preserve.specials = keep;
}

/** Attributes of the copies. */
export const attributeOptions: readonly Option<SyncSettings>[] = [
  {
    name: "archive",
    short: "a",
    group: "What is kept",
    help: "same as -rlptgoD, which is the default; undoes earlier --no-… of these",
    apply({ options }) {
      const { preserve } = options;
      options.recursive = true;
      preserve.links = preserve.permissions = preserve.times = true;
      preserve.group =
        preserve.owner =
        preserve.devices =
        preserve.specials =
          true;
    },
  },
  {
    name: "recursive",
    short: "r",
    group: "What is kept",
    help: "descend into directories (default, except with --files-from)",
    apply(settings) {
      settings.options.recursive = true;
      settings.recursionAsked = true;
    },
    negate(settings) {
      settings.options.recursive = false;
      settings.recursionAsked = false;
    },
  },
  keeps("links", { name: "links", short: "l", help: "copy symbolic links as links (default)" }),
  keeps("permissions", { name: "perms", short: "p", help: "keep permission bits (default)" }),
  keeps("times", {
    name: "times",
    short: "t",
    help: "keep modification times, to the nanosecond (default)",
  }),
  keeps("group", { name: "group", short: "g", help: "keep groups (default)" }),
  keeps("owner", {
    name: "owner",
    short: "o",
    help: "keep owners (default; takes effect for root only)",
    also: (settings) => settings.ownerAsked = true,
  }),
  {
    short: "D",
    group: "What is kept",
    help: "same as --devices --specials (default)",
    apply(settings) {
      keepDevices(settings, true);
      settings.devicesAsked = true;
    },
    negate: (settings) => keepDevices(settings, false),
  },
  keeps("devices", {
    name: "devices",
    help: "keep device nodes (default; takes effect for root only)",
    also: (settings) => settings.devicesAsked = true,
  }),
  keeps("specials", { name: "specials", help: "keep fifos and sockets (default)" }),
  keeps("hardLinks", {
    name: "hard-links",
    short: "H",
    help: "keep hard links among the copied files, also across directories",
  }),
  keeps("attributes", { name: "xattrs", short: "X", help: "keep extended attributes" }),
  keeps("acls", {
    name: "acls",
    short: "A",
    help: "keep access control lists; implies --perms",
    also: (settings) => settings.options.preserve.permissions = true,
  }),
  {
    name: "numeric-ids",
    group: "What is kept",
    help: "keep the numbers of owners and groups instead of their names",
    apply: ({ options }) => options.numericIds = true,
    negate: ({ options }) => options.numericIds = false,
  },
  {
    name: "copy-links",
    short: "L",
    group: "What is kept",
    help: "copy what symbolic links point to instead of the links",
    apply: ({ options }) => options.followLinks = true,
  },
  {
    name: "safe-links",
    group: "What is kept",
    help: "leave out symbolic links that point outside the copied tree",
    apply: ({ options }) => options.safeLinks = true,
  },
  {
    name: "sparse",
    short: "S",
    group: "What is kept",
    help: "write runs of zeros as holes",
    apply: ({ options }) => options.sparse = true,
    negate: ({ options }) => options.sparse = false,
  },
];
