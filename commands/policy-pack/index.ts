/** The pack itself: constructed, it serves the engine. @module */
import { PolicyPack } from "@pulumi/policy";
import { packPolicies } from "./policies.ts";

new PolicyPack("keyless", { policies: packPolicies });
