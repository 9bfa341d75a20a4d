/** Tries the walls around file workers, in an empty folder. */
import { openLocalSystem } from "#core/system/local_system.ts";
import type { Walls } from "#core/system/walls.ts";
import type { Finding } from "./checks.ts";

/** What holds file workers to the paths in use, as a worker found by trying to get out. */
export async function checkWalls(): Promise<Finding[]> {
  try {
    return toFindings(await tryWalls());
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [{ name: "file workers", status: "broken", text }];
  }
}

async function tryWalls(): Promise<Walls> {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-doctor-" });
  try {
    await using system = await openLocalSystem({ read: [folder], write: [], width: 1 });
    return await system.walls();
  } finally {
    Deno.removeSync(folder);
  }
}

/** What a person is told; a missing kernel's wall is a limit, each of the others a defect. */
export function toFindings({ app, runtime, kernel, whyNot }: Walls): Finding[] {
  const how = app === "openat2" ? "by the kernel (openat2)" : "by checks before and after opening";
  return [
    app === null
      ? { name: "wall of paths", status: "broken", text: `${whyNot.app}` }
      : { name: "wall of paths", status: "ok", text: `paths are kept to their roots ${how}` },
    runtime
      ? { name: "wall of Deno", status: "ok", text: "file workers may open their roots only" }
      : { name: "wall of Deno", status: "broken", text: `${whyNot.runtime}` },
    kernel === null
      ? { name: "wall of the kernel", status: "note", text: `${whyNot.kernel}` }
      : { name: "wall of the kernel", status: "ok", text: `${kernel} around every file worker` },
  ];
}
