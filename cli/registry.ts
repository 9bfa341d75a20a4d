/**
 * The commands of `orbit`. Each is imported only when it is chosen, so that starting one costs
 * nothing for the others.
 */
import {
  type Command,
  describeCommands,
  dispatch,
  type Program,
} from "#core/program/run_program.ts";
import { namesGridJobs, namesNucleus, namesStars } from "./grid/names_nucleus.ts";

const commands: ReadonlyMap<string, Command> = new Map(Object.entries(
  {
    sync: {
      describe: async () => (await import("./sync/description.ts")).syncDescription,
      run: async (args, host) => {
        if (namesStars(args) || namesNucleus(args)) {
          return await (await import("./grid/sync.ts")).gridSyncCommand(args, host, await door());
        }
        const [{ syncCommand }, { runLocalSync }] = await Promise.all([
          import("./commands/sync.ts"),
          import("./sync/engine.ts"),
        ]);
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
        if (namesGridJobs(args)) {
          return (await grid()).jobsCommand(args, host, await door());
        }
        const { openJobStore } = await import("#core/magnetar/mod.ts");
        const { jobsCommand } = await import("./commands/jobs.ts");
        return await jobsCommand(args, host, {
          openJobFolder: openJobStore,
          runSync: async (request, options) =>
            (await import("./sync/engine.ts")).runLocalSync(request, options, host),
        });
      },
    },
    stars: {
      describe: async () => (await grid()).describeStars(await door()),
      run: async (args, host) => (await grid()).starsCommand(args, host, await door()),
    },
    tokens: {
      describe: async () => (await grid()).describeTokens(await door()),
      run: async (args, host) => (await grid()).tokensCommand(args, host, await door()),
    },
    audit: {
      describe: async () => (await grid()).describeAudit(await door()),
      run: async (args, host) => (await grid()).auditCommand(args, host, await door()),
    },
    nucleus: {
      describe: async () => (await import("./grid/nucleus_description.ts")).nucleusDescription,
      run: async (args, host) => (await import("./commands/nucleus.ts")).nucleusCommand(args, host),
    },
    completions: {
      describe: async () => (await import("./completions/description.ts")).completionsDescription,
      run: async (args, host) =>
        (await import("./commands/completions.ts")).completionsCommand(
          args,
          host,
          () => describeCommands(orbit),
        ),
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

/** Options before a command: those that say which Nucleus. */
const otherwise: Command = {
  describe: async () => (await import("./grid/nucleus_description.ts")).nucleusDescription,
  run: async (args, host) => {
    const { moveLeadingOptions } = await import("./grid/leading.ts");
    const [name, ...rest] = moveLeadingOptions(args);
    return await dispatch(orbit, [name, ...rest], host);
  },
};

function grid() {
  return import("#core/grid_commands/mod.ts");
}

async function door() {
  return (await import("./grid/door.ts")).createRemoteDoor();
}

const exitStatuses = `Exit status:
   0  everything asked for was done
   1  usage: the command line is wrong
   3  file selection: a named file or folder can't be used
   5  refused: the other side doesn't accept this one
  11  file I/O: the run as a whole could not read or write
  20  interrupted
  23  some items failed or differ; the others were done
  24  source files vanished; everything else was done
  25  deletions stopped at --max-delete
  30  timeout`;

/** The program `orbit`. */
export const orbit: Program = {
  name: "orbit",
  tagline: "copy, check and watch over files",
  commands,
  notes: [exitStatuses],
  otherwise,
};
