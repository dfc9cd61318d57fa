import { cloudConfig } from "./boot/cloud-config.ts";

/** The instance's user_data, base64: the same for every setting and release, since a changed one replaces the instance. */
export const userData = (): string => Buffer.from(cloudConfig(), "utf8").toString("base64");
