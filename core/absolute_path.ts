/**
 * An absolute path by its text alone: what POSIX means by it without looking at links.
 *
 * `node:path` knows this too, but the first module of Node's that a program imports takes a tenth
 * of its start.
 *
 * @param base Absolute; what a relative path begins at.
 * @returns Absolute; free of `.`, `..`, doubled and trailing slashes. `..` above `/` is `/`.
 */
export function absolutePath(base: string, path: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}
