/**
 * The commands of `orbit`. Each is imported only when it is chosen, so that starting one costs
 * nothing for the others.
 */
import type { ExitCode } from "./exit_codes.ts";
import type { CommandDescription } from "./help.ts";
import type { Host } from "./host.ts";

/** One command: how to learn about it and how to run it. */
export interface Command {
  describe(): Promise<CommandDescription>;
  run(args: readonly string[], host: Host): Promise<ExitCode>;
}

/** Every command by its name, in the order of the help. */
export const commands: ReadonlyMap<string, Command> = new Map(Object.entries(
  {
    sync: {
      describe: async () => (await import("./sync/description.ts")).syncDescription,
      run: async (args, host) => {
        const { syncCommand } = await import("./commands/sync.ts");
        const { runLocalSync } = await import("./sync/engine.ts");
        return await syncCommand(
          args,
          host,
          (request, options) => runLocalSync(request, options, host),
        );
      },
    },
    scan: {
      describe: async () => (await import("./scan/description.ts")).scanDescription,
      run: async (args, host) => (await import("./commands/scan.ts")).scanCommand(args, host),
    },
    hash: {
      describe: async () => (await import("./hash/description.ts")).hashDescription,
      run: async (args, host) => (await import("./commands/hash.ts")).hashCommand(args, host),
    },
    verify: {
      describe: async () => (await import("./verify/description.ts")).verifyDescription,
      run: async (args, host) => (await import("./commands/verify.ts")).verifyCommand(args, host),
    },
    chunk: {
      describe: async () => (await import("./chunk/description.ts")).chunkDescription,
      run: async (args, host) => (await import("./commands/chunk.ts")).chunkCommand(args, host),
    },
    jobs: {
      describe: async () => (await import("./jobs/description.ts")).jobsDescription,
      run: async (args, host) => {
        const { openJobStore } = await import("#core/magnetar/mod.ts");
        const { jobsCommand } = await import("./commands/jobs.ts");
        return await jobsCommand(args, host, {
          openJobFolder: openJobStore,
          runSync: async (request, options) =>
            (await import("./sync/engine.ts")).runLocalSync(request, options, host),
        });
      },
    },
    completions: {
      describe: async () => (await import("./completions/description.ts")).completionsDescription,
      run: async (args, host) =>
        (await import("./commands/completions.ts")).completionsCommand(args, host, describeAll),
    },
    doctor: {
      describe: async () => (await import("./doctor/description.ts")).doctorDescription,
      run: async (args, host) => {
        const { openJobStore } = await import("#core/magnetar/mod.ts");
        const { doctorCommand } = await import("./commands/doctor.ts");
        return await doctorCommand(args, host, { openJobFolder: openJobStore });
      },
    },
  } satisfies Record<string, Command>,
));

/** What every command says about itself, in the same order. */
export async function describeAll(): Promise<CommandDescription[]> {
  return await Promise.all(Array.from(commands.values(), (command) => command.describe()));
}
