/** The commands of `orbit-nucleus`, each imported only when it is chosen. */
import type { Command, Program } from "#core/program/run_program.ts";
import { createAdminDoor } from "./commands/door.ts";

const commands: ReadonlyMap<string, Command> = new Map(Object.entries(
  {
    init: {
      describe: async () => (await import("./commands/init.ts")).initDescription,
      run: async (args, host) => (await import("./commands/init.ts")).initCommand(args, host),
    },
    run: {
      describe: async () => (await import("./commands/run_options.ts")).runDescription,
      run: async (args, host) => (await import("./commands/run.ts")).runCommand(args, host),
    },
    token: {
      describe: async () => (await grid()).describeTokens(createAdminDoor()),
      run: async (args, host) => (await grid()).tokensCommand(args, host, createAdminDoor()),
    },
    star: {
      describe: async () => (await grid()).describeStars(createAdminDoor()),
      run: async (args, host) => (await grid()).starsCommand(args, host, createAdminDoor()),
    },
    job: {
      describe: async () => (await grid()).describeJobs(createAdminDoor()),
      run: async (args, host) => (await grid()).jobsCommand(args, host, createAdminDoor()),
    },
    audit: {
      describe: async () => (await grid()).describeAudit(createAdminDoor()),
      run: async (args, host) => (await grid()).auditCommand(args, host, createAdminDoor()),
    },
  } satisfies Record<string, Command>,
));

function grid() {
  return import("#core/grid_commands/mod.ts");
}

const exitStatuses = `Exit status:
   0  everything asked for was done, or stopped by SIGTERM
   1  usage: the command line is wrong, or asks for what can't be
   3  what was named isn't there, or is in another state
  11  it was refused, or the Nucleus could not read, write or be reached
  20  interrupted
  23  some items failed or differ; the others were done
  24  source files vanished; everything else was done
  25  deletions stopped at their limit
  30  timeout`;

/** The program `orbit-nucleus`. */
export const orbitNucleus: Program = {
  name: "orbit-nucleus",
  tagline: "decide what the Stars of a grid do",
  commands,
  notes: [exitStatuses],
};
