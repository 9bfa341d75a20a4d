/** Programs that suites compare Orbit with, or make files with, and how they are had. */

/** A program and where it comes from. */
export interface Peer {
  command: string;
  /** Debian package. */
  debian: string;
  /** What is skipped without it. */
  suites: string;
}

const TEST_PEERS: readonly Peer[] = [
  { command: "rsync", debian: "rsync", suites: "differential" },
  { command: "b3sum", debian: "b3sum", suites: "hash against b3sum" },
  { command: "setfacl", debian: "acl", suites: "ACL" },
  { command: "setfattr", debian: "attr", suites: "extended attribute" },
  { command: "ip", debian: "iproute2", suites: "partition" },
];

/** Whether a program is on the PATH. */
export function hasCommand(command: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${command}`).isFile;
    } catch {
      return false;
    }
  });
}

/**
 * Makes peers available: installs missing ones when running as root where there is `apt-get`,
 * and says in one line what can't be had. Returns those.
 */
export async function preparePeers(peers = TEST_PEERS): Promise<Peer[]> {
  const wanted = peers.filter((peer) => !hasCommand(peer.command));
  if (wanted.length === 0) return [];
  if (Deno.uid() === 0 && hasCommand("apt-get")) await install(wanted.map((peer) => peer.debian));
  const missing = wanted.filter((peer) => !hasCommand(peer.command));
  if (missing.length > 0) {
    const list = missing.map((peer) => `${peer.suites} (needs ${peer.command})`).join(", ");
    console.error(`Skipped suites: ${list}`);
  }
  return missing;
}

async function install(packages: string[]): Promise<void> {
  console.error(`Installing ${packages.join(", ")}`);
  const list = ["-y", "-qq", "--no-install-recommends", ...packages];
  // A stale package list is the usual reason for a failure, and refreshing it takes long.
  if (await apt(["install", ...list])) return;
  await apt(["update", "-qq"]);
  await apt(["install", ...list]);
}

async function apt(args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command("apt-get", {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
