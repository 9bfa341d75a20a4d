/** What a stranger sends, looked at before anything is done with it. */
import { OrbitError } from "#core/errors.ts";
import type { JoinRequest } from "#proto/gen/orbit/v1/nucleus_pb.ts";

const MAX_TOKEN_PART = 128;
const MAX_REQUEST = 16 * 1024;
const MAX_HOSTNAME = 253;
const MAX_VERSION = 64;

/** @throws {OrbitError} `invalid` when a part is missing, too long, or can't be shown. */
export function checkJoinRequest(request: JoinRequest): void {
  checkText("token id", request.tokenId, 1, MAX_TOKEN_PART);
  checkText("token secret", request.tokenSecret, 1, MAX_TOKEN_PART);
  checkCertificateRequest("join", request.certificateRequest);
  checkText("host name", request.hostname, 0, MAX_HOSTNAME);
  checkText("version", request.version, 0, MAX_VERSION);
}

/** @throws {OrbitError} `invalid` when it is missing or longer than 16 KiB. */
export function checkCertificateRequest(action: string, pem: string): void {
  if (pem.length >= 1 && pem.length <= MAX_REQUEST) return;
  const state = `${pem.length} characters, not 1 to ${MAX_REQUEST}`;
  throw new OrbitError("invalid", `${action}: the certificate request has ${state}`);
}

function checkText(what: string, text: string, min: number, max: number): void {
  if (text.length < min || text.length > max) {
    const state = `${text.length} characters, not ${min} to ${max}`;
    throw new OrbitError("invalid", `join: the ${what} has ${state}`);
  }
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) {
    throw new OrbitError("invalid", `join: the ${what} has characters that can't be shown`);
  }
}
