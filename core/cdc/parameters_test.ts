import assert from "node:assert/strict";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { parametersFor, parseAlgorithmId, toAlgorithmId, validateParameters } from "./mod.ts";

const KIB = 1024;
const GIB = 1024 ** 3;

function throwsCode(code: ErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => error instanceof OrbitError && error.code === code);
}

const TIERS: [fileSize: number, avg: number][] = [
  [0, 64 * KIB],
  [GIB, 64 * KIB],
  [GIB + 1, 256 * KIB],
  [16 * GIB, 256 * KIB],
  [16 * GIB + 1, 1024 * KIB],
  [256 * GIB, 1024 * KIB],
  [256 * GIB + 1, 4096 * KIB],
  [Number.MAX_SAFE_INTEGER, 4096 * KIB],
];

for (const [fileSize, avg] of TIERS) {
  Deno.test(`parametersFor gives ${avg / KIB} KiB chunks when the file has ${fileSize} bytes`, () => {
    const parameters = parametersFor(fileSize);
    assert.deepEqual(parameters, { min: avg / 4, avg, max: avg * 4 });
    validateParameters(parameters);
  });
}

Deno.test("parametersFor refuses what is no size", () => {
  for (const size of [-1, NaN]) throwsCode("invalid", () => parametersFor(size));
});

const REFUSED: [min: number, avg: number, max: number][] = [
  [16384, 65535, 262144],
  [16384, 65536.5, 262144],
  [63, 256, 1024],
  [129, 256, 1024],
  [64, 128, 1024],
  [64, 256, 511],
  [64, 256, NaN],
  [-64, 256, 1024],
  [64, 2 ** 25, 2 ** 26],
  [64, 2 ** 24, 2 ** 26 + 1],
  [64, Infinity, Infinity],
];

for (const [min, avg, max] of REFUSED) {
  Deno.test(`validateParameters refuses ${min}/${avg}/${max}`, () => {
    throwsCode("invalid", () => validateParameters({ min, avg, max }));
  });
}

Deno.test("toAlgorithmId names gear table and sizes", () => {
  const id = "fastcdc-v1:gear=splitmix32-4f726269:16384/65536/262144";
  assert.equal(toAlgorithmId(parametersFor(0)), id);
  assert.deepEqual(parseAlgorithmId(id), parametersFor(0));
});

const IDS: [id: string, code: ErrorCode][] = [
  ["", "invalid"],
  ["fastcdc-v1:gear=splitmix32-4f726269:16384/65536", "invalid"],
  ["fastcdc-v1:gear=splitmix32-4f726269:016384/65536/262144", "invalid"],
  ["fastcdc-v1:gear=splitmix32-4f726269:16384/65536/262144\n", "invalid"],
  ["fastcdc-v1:gear=splitmix32-4f726269:1/65536/262144", "invalid"],
  ["fastcdc-v2:gear=splitmix32-4f726269:16384/65536/262144", "unsupported"],
  ["fastcdc-v1:gear=other:16384/65536/262144", "unsupported"],
];

for (const [id, code] of IDS) {
  Deno.test(`parseAlgorithmId refuses ${JSON.stringify(id)} as ${code}`, () => {
    throwsCode(code, () => parseAlgorithmId(id));
  });
}
