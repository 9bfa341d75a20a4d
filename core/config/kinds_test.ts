import assert from "node:assert/strict";
import {
  absolutePath,
  formatAddress,
  isHost,
  isLoopback,
  parseDuration,
  parseListenAddress,
  parsePeerAddress,
  parseSizeWithUnit,
  size,
} from "./mod.ts";
import { safeParse } from "valibot";

Deno.test("parseDuration reads one number and its unit", () => {
  const cases: Record<string, number | undefined> = {
    "500ms": 500,
    "5s": 5000,
    "1.5s": 1500,
    "10m": 600_000,
    "24h": 86_400_000,
    "7d": 604_800_000,
    "0s": 0,
  };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text);
  for (
    const text of [
      "",
      "5",
      "5 s",
      "s",
      "-1s",
      "1h30m",
      "1S",
      "1e3s",
      "0.5ms",
      " 5s",
      "999999999999d",
    ]
  ) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

Deno.test("parseSizeWithUnit wants a unit, and B, K, M, G and T of either base", () => {
  const cases: Record<string, number> = {
    "4 MiB": 4 << 20,
    "4MiB": 4 << 20,
    "1.5 KiB": 1536,
    "1 KB": 1000,
    "512 B": 512,
    "2 TiB": 2 ** 41,
  };
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parseSizeWithUnit(text), bytes);
  for (
    const text of ["", "4", "4 m", "4M", "4  MiB", "-4 MiB", "4 MiB+1", "4 mib", "999999999999 TiB"]
  ) {
    assert.equal(parseSizeWithUnit(text), undefined, text);
  }
});

Deno.test("size keeps to its bounds", () => {
  const schema = size({ least: "1 KiB", most: "1 MiB" });
  for (const text of ["1 KiB", "1 MiB"]) assert(safeParse(schema, text).success, text);
  for (const text of ["1 KB", "1.001 MiB", "0 B"]) assert(!safeParse(schema, text).success, text);
});

Deno.test("parseListenAddress reads hosts, both kinds of address, and a bare port", () => {
  const cases: [text: string, host: string, port: number][] = [
    ["127.0.0.1:50051", "127.0.0.1", 50051],
    ["[::1]:50051", "::1", 50051],
    [":50051", "", 50051],
    ["localhost:0", "localhost", 0],
  ];
  for (const [text, host, port] of cases) {
    assert.deepEqual(parseListenAddress(text), { host, port });
    assert.equal(formatAddress({ host, port }), text);
  }
  const wrong = ["", "::1:50051", "127.0.0.1", "[::1]", ":65536", "a b:1", ":", "[127.0.0.1]:1"];
  for (const text of [...wrong, "256.0.0.1:1", "user@host:1", "host:1/x", "[fe80::1%eth0]:1"]) {
    assert.equal(parseListenAddress(text), undefined, text);
  }
});

Deno.test("parsePeerAddress takes a default port and https, and nothing more of a URL", () => {
  const cases: [text: string, host: string, port: number][] = [
    ["hub.example.org", "hub.example.org", 9],
    ["https://hub.example.org", "hub.example.org", 9],
    ["https://hub:1", "hub", 1],
    ["[2001:db8::1]", "2001:db8::1", 9],
    ["10.0.0.1:65535", "10.0.0.1", 65535],
  ];
  for (const [text, host, port] of cases) {
    assert.deepEqual(parsePeerAddress(text, 9), { host, port }, text);
  }
  const wrong = [
    "",
    ":1",
    "hub:0",
    "http://hub",
    "https://hub/",
    "https://u:p@hub",
    "-hub",
    "hub-",
  ];
  for (const text of [...wrong, "hub..x", "hub_x", "1.2.3", "0x7f.1", "hüb", "a".repeat(64)]) {
    assert.equal(parsePeerAddress(text, 9), undefined, text);
  }
});

Deno.test("isLoopback knows the machine's own addresses and trusts no other name", () => {
  for (const host of ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1", "0:0::0:1"]) {
    assert(isLoopback({ host, port: 1 }), host);
  }
  for (const host of ["", "0.0.0.0", "::", "10.0.0.1", "127.evil.org", "localhost.evil.org"]) {
    assert(!isLoopback({ host, port: 1 }), host);
  }
});

Deno.test("isHost keeps names to what DNS holds", () => {
  assert(isHost("a.b-c.example"));
  assert(isHost("xn--hb-xka.example"));
  assert(!isHost(`${"a.".repeat(127)}ab`));
});

Deno.test("absolutePath makes one spelling of a path and refuses the way back up", () => {
  const cases: Record<string, string> = { "/": "/", "/a/": "/a", "//a//b/./c": "/a/b/c" };
  for (const [text, path] of Object.entries(cases)) {
    const result = safeParse(absolutePath(), text);
    assert(result.success && result.output === path, text);
  }
  for (const text of ["", "a", "./a", "~/a", "/a/../b", "/..", "/a\0b", `/${"a".repeat(4096)}`]) {
    assert(!safeParse(absolutePath(), text).success, text);
  }
});
