/** What Orbit is compared with: rsync and scp over an sshd of our own, rclone from its server. */
import type { Peer } from "../../../tools/peers.ts";
import { type OrbitProcess, startProcess } from "../../support/run.ts";

/** The programs, and what is not measured without them. */
export const PEERS: readonly Peer[] = [
  { command: "rsync", debian: "rsync", suites: "rows against rsync" },
  { command: "ssh", debian: "openssh-client", suites: "rows against rsync and scp" },
  { command: "sshd", debian: "openssh-server", suites: "rows against rsync and scp" },
  { command: "rclone", debian: "rclone", suites: "rows against rclone" },
  { command: "openssl", debian: "openssl", suites: "rows against rclone" },
];

const SSHD_FOLDER = "/run/sshd";

/** Runs a command to its end. @throws {Error} with its last words when it fails. */
export async function run(...command: string[]): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(command[0], {
    args: command.slice(1),
    env: { LC_ALL: "C" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (success) return text(stdout);
  throw new Error(`run "${command.join(" ")}": status ${code}\n${text(stderr).slice(-500)}`);
}

/** An sshd on a port of its own, with keys of its own, for this user and this run alone. */
export class SshServer implements AsyncDisposable {
  private constructor(
    private readonly folder: string,
    private readonly process: OrbitProcess,
    private readonly ownsSshdFolder: boolean,
    readonly port: number,
  ) {}

  /** @param folder An empty one, for keys. */
  static async start(folder: string): Promise<SshServer> {
    for (const key of ["host", "user"]) {
      await run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", `${folder}/${key}`);
    }
    const port = freePort();
    Deno.writeTextFileSync(`${folder}/config`, configOf(folder, port));
    const hostKey = Deno.readTextFileSync(`${folder}/host.pub`).trim();
    // By alias: proxies listen on other ports.
    Deno.writeTextFileSync(`${folder}/known`, `bench ${hostKey}\n`);
    const ownsSshdFolder = Deno.uid() === 0 && makeSshdFolder();
    const process = startProcess(["/usr/sbin/sshd", "-D", "-e", "-f", `${folder}/config`], {
      home: folder,
    });
    const server = new SshServer(folder, process, ownsSshdFolder, port);
    try {
      await process.waitFor(/Server listening/, "stderr");
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Options of ssh and scp that find this server, or a proxy before it. */
  options(port = this.port): string[] {
    const options = [
      ...["IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "HostKeyAlias=bench"],
      ...["StrictHostKeyChecking=yes", `UserKnownHostsFile=${this.folder}/known`, `Port=${port}`],
    ];
    return ["-F", "none", "-i", `${this.folder}/user`, ...options.flatMap((one) => ["-o", one])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.result;
    // Somebody else's sshd may have come to use it.
    if (this.ownsSshdFolder) await run("rmdir", "--ignore-fail-on-non-empty", SSHD_FOLDER);
  }
}

function configOf(folder: string, port: number): string {
  return [
    ...[`Port ${port}`, "ListenAddress 127.0.0.1", `HostKey ${folder}/host`, "PidFile none"],
    ...[`AuthorizedKeysFile ${folder}/user.pub`, "StrictModes no", "UsePAM no"],
    ...["PasswordAuthentication no", "KbdInteractiveAuthentication no"],
    ...["PermitRootLogin prohibit-password", "AllowTcpForwarding no", ""],
    "Subsystem sftp internal-sftp",
    "",
  ].join("\n");
}

/** sshd insists on this folder when root runs it; true when it wasn't there. */
function makeSshdFolder(): boolean {
  try {
    Deno.mkdirSync(SSHD_FOLDER, { mode: 0o755 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** `rclone serve http` with TLS, of one folder. */
export class RcloneServer implements AsyncDisposable {
  private constructor(
    private readonly process: OrbitProcess,
    private readonly certificate: string,
    private readonly port: number,
  ) {}

  /** @param folder An empty one, for its certificate. */
  static async start(folder: string, data: string): Promise<RcloneServer> {
    const certificate = `${folder}/certificate`, key = `${folder}/key`;
    await run(
      ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
      ...["-nodes", "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-keyout", key, "-out", certificate],
    );
    const port = freePort();
    const address = ["--addr", `127.0.0.1:${port}`, "--cert", certificate, "--key", key];
    const command = ["rclone", "serve", "http", "--config", "", ...address, "--read-only", data];
    const process = startProcess(command, { home: folder });
    const server = new RcloneServer(process, certificate, port);
    try {
      await waitForPort(port, process);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The command that copies all of it. */
  copyTo(target: string): string[] {
    const from = [":http:", target, "--http-url", `https://127.0.0.1:${this.port}/`];
    return ["rclone", "copy", "--config", "", "--ca-cert", this.certificate, ...from];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.result;
  }
}

/** Waits until a program listens: not every version says so. */
async function waitForPort(port: number, { result }: OrbitProcess): Promise<void> {
  let end: string | undefined;
  result.then(({ stderr }) => end = stderr);
  while (end === undefined) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`wait for port ${port}: the program ended: ${end.slice(-500)}`);
}

/** A port of this machine that nobody listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
