/** Turns path arguments into absolute paths, with rsync's trailing-slash rule. */
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { usage } from "#core/program/arguments/parse.ts";

/** What path arguments are resolved against. */
export interface PathContext {
  /** The current directory, absolute and without symbolic links. */
  cwd: string;
  /** The physical path of an existing directory; throws when there is none. */
  realPath(path: string): string;
}

/** Where an argument leads. */
export interface ResolvedPath {
  /** Absolute; free of `.`, `..`, doubled and trailing slashes. */
  path: string;
  /** It ends in `/`, `/.` or `/..`, and so means what is inside. */
  contents: boolean;
}

/** Resolves a path argument of this machine. */
export function resolvePath(argument: string, context: PathContext): ResolvedPath {
  if (argument === "") throw usage('path "": is empty');
  if (argument.includes("\0")) throw usage(`path "${escapeName(argument)}": holds a NUL`);
  const contents = /(^|\/)\.{0,2}$/.test(argument);
  const base = argument.startsWith("/") ? [] : context.cwd.split("/").filter(Boolean);
  let path = `/${base.join("/")}`;
  let named = false;
  for (const component of argument.split("/")) {
    if (component === "" || component === ".") continue;
    if (component !== "..") {
      path = path === "/" ? `/${component}` : `${path}/${component}`;
      named = true;
      continue;
    }
    // "link/.." is the parent of what the link points to, which only the system can tell.
    const physical = named ? realDirectory(path, argument, context) : path;
    path = physical.slice(0, Math.max(1, physical.lastIndexOf("/")));
  }
  return { path, contents };
}

function realDirectory(path: string, argument: string, context: PathContext): string {
  try {
    return context.realPath(path);
  } catch (cause) {
    throw new OrbitError("not_found", `resolve "${escapeName(argument)}": no such directory`, {
      cause,
      detail: { path: argument },
    });
  }
}

/** Refuses `host:path`, `host::module` and `rsync://` arguments, which name another machine. */
export function refuseRemote(argument: string): void {
  const colon = argument.indexOf(":");
  const slash = argument.indexOf("/");
  const isUrl = /^rsync:\/\//i.test(argument);
  if (!isUrl && (colon <= 0 || (slash !== -1 && slash < colon))) return;
  const shown = escapeName(argument);
  throw usage(
    `path "${shown}": names another machine, and remote sides need a grid` +
      (isUrl ? "" : `; write "./${shown}" for a local name with a colon`),
  );
}
