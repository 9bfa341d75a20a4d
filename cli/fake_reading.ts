/** Files in memory for tests of commands that read. */
import { encodeName } from "#core/names.ts";
import type { Disk } from "#core/system/disk.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import { parentOf } from "#core/system/relative_path.ts";
import type { Reading } from "./reading.ts";

/** A {@linkcode Reading} of a tree that tests write. */
export class FakeReading implements Reading {
  readonly disk: Disk = createMemoryDisk({ roots: ["/"] });
  /** The roots of every system that was opened. */
  readonly opened: string[][] = [];

  /** Makes files with content, directories (null), and what they are in; paths are absolute. */
  constructor(entries: Record<string, string | null>) {
    using tree = this.disk.openTree("/");
    const makeDirectories = (path: string) => {
      if (path === "" || tree.facts(path) !== null) return;
      makeDirectories(parentOf(path));
      tree.makeDirectory(path, 0o755);
    };
    for (const [absolute, content] of Object.entries(entries)) {
      const path = absolute.slice(1);
      makeDirectories(content === null ? path : parentOf(path));
      if (content === null) continue;
      using file = tree.createFile(path);
      file.write(encodeName(content), 0);
    }
  }

  openSystem({ read }: { read: string[] }) {
    this.opened.push(read);
    for (const root of read) this.disk.openTree(root)[Symbol.dispose]();
    return openInlineSystem(this.disk);
  }

  realPath = (path: string): string => {
    using tree = this.disk.openTree("/");
    if (path !== "/" && tree.facts(path.slice(1)) === null) throw new Deno.errors.NotFound(path);
    return path;
  };
}
