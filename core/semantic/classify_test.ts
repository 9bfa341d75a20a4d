import assert from "node:assert/strict";
import fc from "fast-check";
import { classify, defaultTable, PRIORITIES, type Priority } from "./mod.ts";

const NAMES: [path: string, priority: Priority, needsHeader: boolean][] = [
  ["users.sqlite", "critical", false],
  ["users.sqlite-wal", "critical", false],
  ["Users.DB", "critical", false],
  ["a/b/users.db-journal", "critical", false],
  ["pg_control", "critical", false],
  ["PG_VERSION", "critical", false],
  ["server.key", "critical", false],
  ["id_ed25519", "critical", false],
  [".env", "critical", false],
  ["prod.env", "critical", false],
  ["nginx.conf", "critical", false],
  ["compose.yaml", "critical", false],
  ["Dockerfile", "critical", false],
  ["vm.vmx", "critical", false],
  ["report.pdf", "high", false],
  ["report.final.DOCX", "high", false],
  ["README", "high", false],
  ["disk.qcow2", "high", false],
  ["disk.vmdk", "high", true],
  ["dump.sql", "high", false],
  ["a.dat", "normal", false],
  ["a.bin", "normal", false],
  ["a.txt", "normal", false],
  ["a.json", "normal", false],
  ["main.ts", "normal", false],
  ["photo.JPG", "normal", false],
  ["libc.so.6", "normal", false],
  ["data.tar.gz", "normal", false],
  ["old.bak", "normal", true],
  ["noextension", "normal", true],
  ["a.unheardof", "normal", true],
  [".hidden", "normal", true],
  ["trailing.", "normal", true],
  ["12345", "normal", true],
  ["part.001", "normal", true],
  ["", "normal", true],
  ["dir/", "normal", true],
  ["__proto__", "normal", true],
  ["x.constructor", "normal", true],
  ["a.tmp", "low", false],
  ["notes.txt~", "low", false],
  ["app.log", "low", false],
  ["app.log.12", "low", false],
  ["syslog", "low", false],
  ["mod.pyc", "low", false],
  ["Thumbs.db", "low", false],
  ["home/.cache/x/unknown", "low", false],
  ["p/node_modules/q/report.pdf", "low", false],
  ["node_modules", "normal", true],
  ["not_node_modules/report.pdf", "high", false],
  ["home/.cache/x/places.sqlite", "critical", false],
  ["//tmp//a", "low", false],
];

for (const [path, priority, needsHeader] of NAMES) {
  const look = needsHeader ? "worth a look" : "settled";
  Deno.test(`classify takes ${JSON.stringify(path)} as ${priority}, ${look}`, () => {
    const verdict = classify(path);
    assert.deepEqual([verdict.priority, verdict.needsHeader], [priority, needsHeader]);
  });
}

const encoder = new TextEncoder();

const HEADERS: [title: string, header: Uint8Array, priority: Priority][] = [
  ["a SQLite database", encoder.encode("SQLite format 3\0\x10\0"), "critical"],
  ["a write-ahead log", Uint8Array.of(0x37, 0x7f, 6, 0x82, 0), "critical"],
  ["a private key", encoder.encode("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "critical"],
  ["a VMDK description", encoder.encode("# Disk DescriptorFile\nversion=1"), "critical"],
  ["a PDF", encoder.encode("%PDF-1.7"), "high"],
  ["an old Office document", Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1), "high"],
  ["a tar archive", Uint8Array.of(...new Uint8Array(257), ...encoder.encode("ustar")), "normal"],
  ["nothing known", encoder.encode("hello"), "normal"],
  ["the beginning of a magic", encoder.encode("SQLite form"), "normal"],
  ["an empty file", new Uint8Array(0), "normal"],
];

for (const [title, header, priority] of HEADERS) {
  Deno.test(`classify takes a nameless file with the header of ${title} as ${priority}`, () => {
    const verdict = classify("blob", header);
    assert.deepEqual([verdict.priority, verdict.needsHeader], [priority, false]);
  });
}

Deno.test("classify lets a header raise a settled verdict, never lower it", () => {
  const database = encoder.encode("SQLite format 3\0");
  assert.equal(classify("a.tmp", database).priority, "critical");
  assert.equal(classify("a.tmp", encoder.encode("hello")).priority, "low");
  assert.equal(classify("a.conf", encoder.encode("%PDF-1.7")).priority, "critical");
});

Deno.test("classify has a settled verdict for anything once it saw the header", () => {
  const header = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(fc.string({ unit: "binary" }), header, (path, header) => {
    const verdict = classify(path, header);
    assert.ok(PRIORITIES.includes(verdict.priority));
    assert.notEqual(verdict.reason, "");
    assert.equal(verdict.needsHeader, false);
  }));
});

Deno.test("defaultTable.headerBytes reaches to the end of the furthest magic", () => {
  assert.equal(defaultTable.headerBytes, 262);
});
