/**
 * The certificate library, loaded the one way it can be: it needs `Reflect.getMetadata` to exist
 * before any of it runs.
 */
import "reflect-metadata";

export * from "@peculiar/x509";
