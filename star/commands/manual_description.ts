/** The options of `orbit-star` without a command, and what it says about itself. */
import { isHost, parsePeerAddress, type PeerAddress } from "#core/config/addresses.ts";
import type { LogFormat, LogLevel } from "#core/log/line.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseCount, parseText, refuseValue } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";
import { rootOptions, type RootSettings } from "#core/program/root_options.ts";
import { logOptions } from "./run_description.ts";

/** What the options add up to. */
export interface ManualOptions extends RootSettings {
  port?: number;
  host: string;
  token?: string;
  tokenFile?: string;
  authSecret?: string;
  authSecretFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  tlsCa?: string;
  peers: PeerAddress[];
  peerCa?: string;
  logLevel?: LogLevel;
  logFormat?: LogFormat;
}

/** The options before any is given. */
export function initialManualOptions(cwd: string): ManualOptions {
  return { roots: [], peers: [], cwd, host: "127.0.0.1" };
}

const access = "Access", port = "Port", peer = "Peers";

/** Options without a command. */
export const manualOptions: readonly Option<ManualOptions>[] = [
  ...rootOptions,
  {
    name: "port",
    value: "PORT",
    group: port,
    completes: "none",
    help: "the port to listen on; 0 for any that is free",
    apply: (settings, value) => settings.port = parseCount("--port", value, { most: 65_535 }),
  },
  {
    name: "host",
    value: "HOST",
    group: port,
    completes: "none",
    help: "the address to listen on (default: 127.0.0.1); any but this machine's own needs TLS",
    apply: (settings, value) => {
      settings.host = isHost(value) ? value : refuseValue("--host", value, "an address or a name");
    },
  },
  fileOption(
    "tls-cert",
    "FILE",
    port,
    "serve by TLS 1.3 with this certificate (ECDSA P-256)",
    "tlsCert",
  ),
  fileOption(
    "tls-key",
    "FILE",
    port,
    "its key (PKCS #8), in a file that only you can read",
    "tlsKey",
  ),
  fileOption(
    "tls-ca",
    "FILE",
    port,
    "only for clients with a certificate of this authority",
    "tlsCa",
  ),
  secretOption(
    "token",
    "TOKEN",
    "what callers have to show; others on this machine may see it " +
      "in the list of processes: --token-file and the variable ORBIT_STAR_TOKEN hide it",
    "token",
  ),
  fileOption(
    "token-file",
    "FILE",
    access,
    "read it from a file that only you can read",
    "tokenFile",
  ),
  secretOption(
    "auth-secret",
    "SECRET",
    "what transfer tokens are signed with; seen in the list " +
      "of processes, too: --auth-secret-file and ORBIT_AUTH_SECRET hide it",
    "authSecret",
  ),
  fileOption(
    "auth-secret-file",
    "FILE",
    access,
    "read it from a file that only you can read",
    "authSecretFile",
  ),
  {
    name: "peer",
    value: "HOST:PORT",
    group: peer,
    completes: "none",
    help: "files may be fetched from this Star (ReplicateFile); may be repeated; none without it",
    apply: ({ peers }, value) => {
      const address = parsePeerAddress(value, 0);
      peers.push(address ?? refuseValue("--peer", value, "HOST:PORT"));
    },
  },
  fileOption(
    "peer-ca",
    "FILE",
    peer,
    "the authority of peers' certificates (default: that of --tls-ca)",
    "peerCa",
  ),
  ...logOptions,
  { name: "help", short: "h", group: "Options", help: "show this help", apply: () => {} },
];

type TextKey =
  | "token"
  | "tokenFile"
  | "authSecret"
  | "authSecretFile"
  | "tlsCert"
  | "tlsKey"
  | "tlsCa"
  | "peerCa";

function fileOption(
  name: string,
  value: string,
  group: string,
  help: string,
  key: TextKey,
): Option<ManualOptions> {
  return {
    ...{ name, value, group, help },
    completes: "file",
    apply: (settings, text) => settings[key] = parseText(`--${name}`, text),
  };
}

/** Its value is in no message. */
function secretOption(
  name: string,
  value: string,
  help: string,
  key: "token" | "authSecret",
): Option<ManualOptions> {
  return {
    ...{ name, value, group: access, help },
    completes: "none",
    apply: (settings, text) => settings[key] = text,
  };
}

/** Help without a command. */
export const manualDescription: CommandDescription = {
  program: "orbit-star",
  name: "",
  summary: "serve this machine's files without a Nucleus, for labs and tests",
  forms: ["--port=PORT --token-file=FILE --auth-secret-file=FILE --allow=DIR… [OPTION]…"],
  about: [
    "Whoever knows the token opens a session (Handshake) and then may use what lies below the " +
    "allowed places. Whoever knows the auth secret can make transfer tokens: each lets its " +
    "bearer read one file (ReadStream). Within a session it can be told to fetch such a file from " +
    "another Star (ReplicateFile), but only from those that --peer names. GET /metrics with the " +
    "token as the bearer's tells Prometheus of both. Nothing is joined, renewed or revoked here; a grid has " +
    "orbit-star join and orbit-star run.",
    "It refuses to start without an allowed place, with an empty token or secret, and on an " +
    "address that others can reach without TLS. The same walls stand around its files as in a " +
    "grid.",
  ],
  options: manualOptions,
  examples: [
    {
      does: "Serve a directory to this machine",
      line:
        "orbit-star --port=50051 --token-file=token --auth-secret-file=secret --allow=/mnt/data",
    },
    {
      does: "To others",
      line: "orbit-star --port=50051 --host=0.0.0.0 --tls-cert=star.crt --tls-key=star.key …",
    },
    {
      does: "Let it fetch files from another Star on this machine",
      line: "orbit-star --port=50052 --peer=127.0.0.1:50051 --allow=/mnt/storage …",
    },
  ],
  completes: "none",
};
