/** @peculiar/x509, behind the polyfill that it needs to have been loaded before it. @module */
import "reflect-metadata";

export * from "@peculiar/x509";
