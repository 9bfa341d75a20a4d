/** Making certificates: what each kind says, and nothing that somebody else chose. */
import { randomBytes } from "node:crypto";
import { OWN_SIGNATURE } from "./keys.ts";
import type { Validity } from "./lifetime.ts";
import type { ServerNames } from "./names.ts";
import { sha256Hex, toPem } from "./pem.ts";
import * as x509 from "./x509.ts";

/** A certificate that was just issued. */
export interface IssuedCertificate extends Validity {
  certificatePem: string;
  /** The serial number, lower hexadecimal, 128 bits of which 126 are random. */
  serial: string;
  /** SHA-256 of the certificate's DER, lower hexadecimal. */
  thumbprint: string;
}

/** Who signs. */
export interface Issuer {
  certificate: x509.X509Certificate;
  key: CryptoKey;
}

/** What a peer's certificate says. */
export interface PeerProfile {
  publicKey: CryptoKey;
  commonName: string;
  uri: string;
  names: ServerNames;
  validity: Validity;
}

/** Issues a certificate for a TLS peer, which is a client and a server. */
export async function issuePeer(issuer: Issuer, profile: PeerProfile): Promise<IssuedCertificate> {
  const { publicKey, commonName, uri, names, validity } = profile;
  const serial = createSerial();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    issuer: issuer.certificate.subjectName,
    subject: toName(commonName),
    notBefore: new Date(validity.notBefore),
    notAfter: new Date(validity.notAfter),
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm: OWN_SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([
        { type: "url", value: uri },
        ...names.dns.map((value) => ({ type: "dns" as const, value })),
        ...names.ip.map((value) => ({ type: "ip" as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
    ],
  });
  return issued(certificate, serial, validity);
}

/** Issues an authority's own certificate, which may sign peers' and no further authorities'. */
export async function issueSelf(
  keys: CryptoKeyPair,
  commonName: string,
  validity: Validity,
): Promise<IssuedCertificate> {
  const serial = createSerial();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: toName(commonName),
    notBefore: new Date(validity.notBefore),
    notAfter: new Date(validity.notAfter),
    keys,
    signingAlgorithm: OWN_SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return issued(certificate, serial, validity);
}

function issued(
  certificate: x509.X509Certificate,
  serial: string,
  validity: Validity,
): IssuedCertificate {
  return {
    certificatePem: toPem(certificate.rawData, "CERTIFICATE"),
    serial,
    ...validity,
    thumbprint: sha256Hex(new Uint8Array(certificate.rawData)),
  };
}

/** As an explicit UTF-8 string: as plain text, the library reads escapes and hexadecimal in it. */
function toName(commonName: string): x509.Name {
  return new x509.Name([{ CN: [{ utf8String: commonName }] }]);
}

/** Random, positive, and of the same length whatever is drawn. */
function createSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = bytes[0] & 0x3f | 0x40;
  return bytes.toString("hex");
}
