/** Makes symbolic links in the pool's thread; apart, so that it is loaded only when one is. */
import { basename, dirname } from "node:path";
import { createPureDisk } from "./disk_pure.ts";

/** Makes a symbolic link at a path of the host, beneath one of `roots`. */
export function makeConfinedLink(target: string, host: string, roots: readonly string[]): void {
  using tree = createPureDisk({ roots }).openTree(dirname(host));
  tree.makeLink(basename(host), target);
}
