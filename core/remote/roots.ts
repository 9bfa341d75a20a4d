/** A first look at paths, by their text alone; the system's own check is the one that holds. */
import { OrbitError } from "#core/errors.ts";

/** A check of absolute paths; without roots everything passes. */
export function rootCheck(roots: readonly string[] | undefined): (path: string) => void {
  if (roots === undefined) return () => {};
  const known = roots.map(namesOf);
  return (path) => {
    if (!path.startsWith("/")) return; // the system calls it invalid
    const names = namesOf(path);
    const isBeneath = known.some((root) => root.every((name, i) => name === names[i]));
    if (isBeneath && !names.includes("..")) return;
    throw new OrbitError("denied", `use path ${JSON.stringify(path)}: outside the allowed roots`, {
      detail: { path },
    });
  };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
