import assert from "node:assert/strict";
import { oddHost } from "./odd_host.ts";

const ODD: Record<string, RegExp> = {
  "127.0.0.1": /loopback/,
  "127.9.9.9": /loopback/,
  localhost: /loopback/,
  "a.LocalHost": /loopback/,
  "::1": /loopback/,
  "0:0::0:1": /loopback/,
  "::ffff:127.0.0.1": /loopback/,
  "::127.0.0.1": /loopback/,
  "169.254.169.254": /link-local/,
  "::ffff:169.254.169.254": /link-local/,
  "::ffff:a9fe:a9fe": /link-local/,
  "64:ff9b::a9fe:a9fe": /link-local/,
  "2002:a9fe:a9fe::1": /link-local/,
  "fe80::1": /link-local/,
  "febf::1": /link-local/,
  "0.0.0.0": /no machine/,
  "0.1.2.3": /no machine/,
  "::": /no machine/,
  "224.0.0.1": /multicast/,
  "255.255.255.255": /multicast/,
  "ff02::1": /multicast/,
  "100.100.100.200": /cloud/,
  "168.63.129.16": /cloud/,
  "FD00:EC2:0::254": /cloud/,
};

Deno.test("oddHost tells of hosts that are no other machine, however they are written", () => {
  for (const [host, why] of Object.entries(ODD)) assert.match(oddHost(host) ?? "", why, host);
});

Deno.test("oddHost has nothing to say about machines of a network, and about names", () => {
  const plain = [
    ...["10.0.0.1", "192.168.1.7", "172.16.0.1", "100.64.0.1", "198.18.0.2", "203.0.113.9"],
    ...["2001:db8::1", "fd12::1", "64:ff9b::a00:1", "nas", "nas.lan", "localhost.example.org"],
  ];
  for (const host of plain) assert.equal(oddHost(host), undefined, host);
});
