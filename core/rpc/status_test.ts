import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { ProblemSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { decodeProblem, encodeProblem, toProblem } from "./problem.ts";
import { fromOutcome, GrpcStatus, toOutcome } from "./status.ts";

Deno.test("fromOutcome understands statuses that others send", () => {
  const cases: [keyof typeof GrpcStatus, string][] = [
    ["CANCELLED", "unavailable"],
    ["UNKNOWN", "internal"],
    ["DEADLINE_EXCEEDED", "unavailable"],
    ["ALREADY_EXISTS", "conflict"],
    ["ABORTED", "conflict"],
    ["OUT_OF_RANGE", "invalid"],
    ["UNAUTHENTICATED", "unauthenticated"],
    ["PERMISSION_DENIED", "denied"],
    ["DATA_LOSS", "corrupt"],
  ];
  for (const [name, code] of cases) {
    const error = fromOutcome("/a.B/C", { status: GrpcStatus[name], message: "because" });
    equal(error.code, code, name);
    equal(error.message, "call /a.B/C: because");
  }
  equal(fromOutcome("/a.B/C", { status: 4711, message: "" }).code, "internal");
});

Deno.test("fromOutcome believes no problem that contradicts its status", () => {
  const problem = toProblem("denied", "no", { path: "/etc/passwd" });
  const error = fromOutcome("/a.B/C", { status: GrpcStatus.NOT_FOUND, message: "gone", problem });
  equal(error.code, "not_found");
  deepEqual(error.detail, {});
});

Deno.test("fromOutcome checks what a hostile side says", () => {
  const problem = create(ProblemSchema, {
    code: "not_found",
    message: `\x1b[2J${"m".repeat(100_000)}`,
    path: new Uint8Array(5000),
    errno: "ENOENT; rm -rf /",
    side: "left",
  });
  const error = fromOutcome("/a.B/C", { status: GrpcStatus.NOT_FOUND, message: "", problem });
  ok(!error.message.includes("\x1b") && error.message.length <= 2048);
  deepEqual(error.detail, {});
  const made = create(ProblemSchema, { code: "constructor" });
  equal(fromOutcome("/a", { status: 13, message: "", problem: made }).code, "internal");
});

Deno.test("a problem's trailer is bounded both ways", () => {
  const long = toProblem("denied", "m".repeat(5000), { path: "p".repeat(4000), errno: "EACCES" });
  const bytes = encodeProblem(long);
  ok(bytes.length <= 4096);
  deepEqual(decodeProblem(bytes)?.path.length, 4000);
  equal(encodeProblem({ ...long, path: new Uint8Array(9000) }).length <= 4096, true);
  equal(decodeProblem(new Uint8Array(5000)), undefined);
  equal(decodeProblem(Uint8Array.of(0xff)), undefined);
});

Deno.test("toOutcome tells nothing of errors that nobody foresaw", () => {
  for (
    const error of [
      new TypeError("/home/me"),
      toOrbitError(new TypeError("/home/me")),
      "/home/me",
      undefined,
    ]
  ) {
    const outcome = toOutcome(error);
    equal(outcome.status, GrpcStatus.INTERNAL);
    ok(!JSON.stringify(outcome).includes("/home"));
  }
  const meant = toOutcome(new OrbitError("internal", "read /x: input/output error"));
  equal(meant.message, "read /x: input/output error");
});

Deno.test("toOutcome tells a cancelled call from one that failed", () => {
  const controller = new AbortController();
  controller.abort();
  const { signal } = controller;
  equal(toOutcome(signal.reason, signal).status, GrpcStatus.CANCELLED);
  equal(toOutcome(new OrbitError("conflict", "x"), signal).status, GrpcStatus.FAILED_PRECONDITION);
});
