/** The commands of `orbit-star`. Each is imported only when it is chosen. */
import type { Command, Program } from "#core/program/run_program.ts";

const commands: ReadonlyMap<string, Command> = new Map(Object.entries(
  {
    join: {
      describe: async () => (await import("./commands/join_description.ts")).joinDescription,
      run: async (args, host) => (await import("./commands/join.ts")).joinCommand(args, host),
    },
    run: {
      describe: async () => (await import("./commands/run_description.ts")).runDescription,
      run: async (args, host) => (await import("./commands/run.ts")).runCommand(args, host),
    },
    status: {
      describe: async () => (await import("./commands/status_description.ts")).statusDescription,
      run: async (args, host) => (await import("./commands/status.ts")).statusCommand(args, host),
    },
  } satisfies Record<string, Command>,
));

const manual: Command = {
  describe: async () => (await import("./commands/manual_description.ts")).manualDescription,
  run: async (args, host) => (await import("./commands/manual.ts")).manualCommand(args, host),
};

const withoutCommand = `Without a command, for labs and tests:
  orbit-star --port=50051 --token-file=FILE --auth-secret-file=FILE --allow=DIR
  serves whoever knows the token, without a Nucleus; orbit-star --port=0 --help
  tells more.`;

const exitStatuses = `Exit status:
   0  everything asked for was done, or stopped by SIGTERM
   1  usage: the command line or the configuration is wrong
   3  file selection: a named file or folder can't be used
   5  refused: the Nucleus doesn't accept this Star; it has to join again
  11  file I/O: it could not read or write; status: it isn't connected
  20  interrupted`;

/** The program `orbit-star`. */
export const orbitStar: Program = {
  name: "orbit-star",
  tagline: "serve this machine's files to an Orbit grid",
  commands,
  notes: [withoutCommand, exitStatuses],
  otherwise: manual,
};
