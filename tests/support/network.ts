/**
 * Several machines on this one: network namespaces behind one bridge, each with an address of its
 * own. What goes from one to another can be cut and healed, each way by itself.
 */

/** A packet's way: the names of two hosts. */
export type Way = readonly [from: string, to: string];

/** All that is made here is named so, with the id of the process that made it. */
const PREFIX = "orbit-test-";
/** Networks of one process. */
const MOST = 16;
/** Addresses of one network: its own, the test's, the hosts', and the broadcast's. */
const SUBNET = 16;
/** No machine has it: what is sent there arrives nowhere, and nobody is told. */
const NOWHERE = "02:00:00:00:00:00";

let made = 0;

/** Why namespaces can't be made here; undefined when they can. */
export function whyNoNetwork(): string | undefined {
  if (Deno.uid() !== 0) return "network namespaces need root";
  try {
    removeLeftovers();
    using _network = new TestNetwork(["probe"]);
    return undefined;
  } catch (error) {
    return `network namespaces: ${(error as Error).message}`;
  }
}

/** Hosts that reach each other and this process. Disposal removes them; end their programs first. */
export class TestNetwork implements Disposable {
  readonly #bridge: string;
  readonly #hosts = new Map<string, { namespace: string; address: string; hardware: string }>();

  /** @param hosts Their names: lower-case letters. */
  constructor(hosts: readonly string[]) {
    const number = made++;
    // Names of devices have 15 characters at most.
    this.#bridge = `ob${Deno.pid}-${number % MOST}`;
    try {
      const subnet = freeSubnet();
      ip("link", "add", this.#bridge, "type", "bridge");
      ip("link", "set", this.#bridge, "up");
      ip("address", "add", `${addressIn(subnet, 1)}/28`, "dev", this.#bridge);
      for (const [at, host] of hosts.entries()) this.#add(host, number, subnet, at + 2);
      for (const from of hosts) for (const to of hosts) if (from !== to) this.heal(from, to);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  address(host: string): string {
    return this.#hosts.get(host)!.address;
  }

  /** The command, run on a host; the process is the command's own. */
  on(host: string, command: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.#hosts.get(host)!.namespace, ...command];
  }

  /** From now on nothing that one host sends arrives at the other; neither is told. */
  cut(...way: Way): void {
    this.#lead(way, NOWHERE);
  }

  /** What one host sends arrives at the other. */
  heal(...[from, to]: Way): void {
    this.#lead([from, to], this.#hosts.get(to)!.hardware);
  }

  [Symbol.dispose](): void {
    for (const { namespace } of this.#hosts.values()) tryIp("netns", "delete", namespace);
    tryIp("link", "delete", this.#bridge);
  }

  #add(host: string, number: number, subnet: number, at: number): void {
    const namespace = `${PREFIX}${Deno.pid}-${number}-${host}`, address = addressIn(subnet, at);
    const hardware = `02:00:00:00:01:${at.toString(16).padStart(2, "0")}`;
    ip("netns", "add", namespace);
    this.#hosts.set(host, { namespace, address, hardware });
    const outer = `${this.#bridge}${String.fromCharCode(95 + at)}`;
    const inner = ["name", "eth0", "address", hardware, "netns", namespace];
    ip("link", "add", outer, "type", "veth", "peer", ...inner);
    ip("link", "set", outer, "master", this.#bridge, "up");
    ip("-n", namespace, "link", "set", "lo", "up");
    ip("-n", namespace, "address", "add", `${address}/28`, "dev", "eth0");
    ip("-n", namespace, "link", "set", "eth0", "up");
  }

  #lead([from, to]: Way, hardware: string): void {
    const { namespace } = this.#hosts.get(from)!, { address } = this.#hosts.get(to)!;
    const way = [address, "lladdr", hardware, "dev", "eth0", "nud", "permanent"];
    ip("-n", namespace, "neighbour", "replace", ...way);
  }
}

/** Removes what tests that were killed left behind. */
function removeLeftovers(): void {
  for (const line of ip("netns", "list").split("\n")) {
    const [, name, pid] = /^(orbit-test-(\d+)-\S+)/.exec(line) ?? [];
    if (name !== undefined && !isAlive(pid)) tryIp("netns", "delete", name);
  }
  for (const { ifname } of JSON.parse(ip("-json", "link", "show", "type", "bridge") || "[]")) {
    const [, pid] = /^ob(\d+)-\d+$/.exec(ifname) ?? [];
    if (pid !== undefined && !isAlive(pid)) tryIp("link", "delete", ifname);
  }
}

function isAlive(pid: string): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
  }
}

/** A part of 198.18.0.0/15, which is for tests, that no device of this machine has. */
function freeSubnet(): number {
  const taken = ip("-4", "-oneline", "address");
  const count = 2 ** 17 / SUBNET;
  for (let tries = 0, at = Deno.pid * MOST + made; tries < count; tries++, at++) {
    if (!taken.includes(` ${addressIn(at % count, 1)}/`)) return at % count;
  }
  throw new Error("no addresses are left");
}

function addressIn(subnet: number, host: number): string {
  const at = subnet * SUBNET + host;
  return `198.${18 + (at >> 16)}.${at >> 8 & 255}.${at & 255}`;
}

function ip(...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command("ip", { args }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout);
}

function tryIp(...args: string[]): void {
  try {
    ip(...args);
  } catch {
    // It is gone, which is all that is wanted.
  }
}
