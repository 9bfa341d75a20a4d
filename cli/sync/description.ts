/** What `orbit sync` says about itself. */
import type { CommandDescription } from "#core/program/help.ts";
import { syncOptions } from "./options.ts";

/** Help and completions of `orbit sync`. */
export const syncDescription: CommandDescription = {
  name: "sync",
  summary: "make DST equal to SRC, and prove it",
  forms: ["[OPTION]… SRC… DST"],
  about: [
    "Copies files and directories as rsync -a does: recursively, with links, modes, times, owners " +
    "and groups. Every file written is read back and compared with what the source held, and " +
    "only then gets its name. Letters mean what they mean to rsync, and so does a slash at the " +
    "end of SRC: SRC/ is what is in the directory, SRC is the directory itself.",
  ],
  options: syncOptions,
  notes: [
    {
      title: "Patterns",
      text: [
        "The first rule that matches a name decides; without one it is copied. * matches within " +
        "a name, ** also across slashes, ? one character, [a-z] one of a set. A pattern with a " +
        "leading / is anchored at the top of the copied tree, one with a trailing / matches " +
        "directories only. What is excluded is never deleted. What leads to a path of --files-from " +
        "isn't asked about, but where the file lists a directory above it, too: what is excluded " +
        "there can't be listed, and fails.",
      ],
    },
    {
      title: "Interruptions",
      text: [
        "^C stops within a second and leaves no half-written files; a second ^C exits at once. " +
        "orbit jobs resume ID, or the same command again, goes on without copying again what " +
        "was verified.",
      ],
    },
    {
      title: "Between machines",
      text: [
        "orbit sync STAR:/SRC STAR:/DST is a job of a grid's Nucleus: ^C ends the look only, the job " +
        "goes on, and orbit jobs watch or cancel are for that. orbit sync --nucleus=saved --help " +
        "tells of the options that it has besides, such as --relay and --detach. The FILE of " +
        "--manifest is on this machine; its hashes are made at the destination.",
      ],
    },
  ],
  examples: [
    { does: "Copy a directory into a backup", line: "orbit sync ~/photos /mnt/backup" },
    { does: "Make a mirror; look first", line: "orbit sync -ni --delete ~/photos/ /mnt/mirror" },
    {
      does: "Everything a Linux file has",
      line: "sudo orbit sync -HSXA / /mnt/clone -x --exclude=/tmp/",
    },
    {
      does: "A snapshot that shares unchanged files with the last",
      line: "orbit sync --link-dest=../monday ~/work/ /mnt/snapshots/tuesday",
    },
    {
      does: "Only what find lists",
      line: "find . -newer stamp -print0 | orbit sync -0 --files-from=- . /mnt/new",
    },
    {
      does: "From one machine of a grid to another",
      line: "orbit sync nas-1:/data/ nas-2:/mirror/",
    },
    { does: "For a program", line: "orbit sync --json --stats SRC/ DST | jq .type" },
  ],
  completes: "file",
};
