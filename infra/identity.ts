import { createHash } from "node:crypto";
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { AttachedStatement } from "../access/index.ts";
import { matchingRule, type Selected } from "./matching-rule.ts";
import { untilUsable } from "./tag-wait.ts";
import type { WorkloadTags } from "./tags.ts";

export interface SelectorArgs {
  /** OCID of the compartment of a new tag namespace: whoever may use it there decides who is a member. */
  compartmentId: string;
  /** An existing namespace with the key in it: nothing is made. */
  existingNamespace?: string | undefined;
  /** Name of a new namespace. */
  newNamespace: string;
  key: string;
  value: string;
  /** Time from a new key's creation to its first use, in s. */
  waitS: number;
  tags: WorkloadTags;
}

/** The defined tag that a dynamic group selects by. */
export class Selector extends pulumi.ComponentResource {
  /** The namespace's name, known when namespace and key exist. */
  readonly namespace: pulumi.Output<string>;
  /** The same, known when the key can be set on something. */
  readonly usableNamespace: pulumi.Output<string>;
  readonly key: string;
  readonly value: string;

  constructor(name: string, args: SelectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Selector", name, {}, opts);
    const parent = { parent: this };
    this.key = args.key;
    this.value = args.value;
    if (args.existingNamespace) {
      this.namespace = pulumi.output(args.existingNamespace);
      this.usableNamespace = this.namespace;
    } else {
      const namespace = new oci.identity.TagNamespace(
        `${name}-namespace`,
        {
          compartmentId: args.compartmentId,
          name: args.newNamespace,
          description: "By which keyless selects the instances of a dynamic group",
          ...args.tags,
        },
        parent,
      );
      const key = new oci.identity.Tag(
        `${name}-key`,
        {
          tagNamespaceId: namespace.id,
          name: args.key,
          description: "Instances with the workload's value are members of its dynamic group",
          ...args.tags,
        },
        parent,
      );
      this.namespace = pulumi.all([namespace.name, key.id]).apply(([name]) => name);
      this.usableNamespace = pulumi
        .all([this.namespace, key.timeCreated])
        .apply(([name, created]) => untilUsable(created, args.waitS).then(() => name));
    }
    this.registerOutputs({ namespace: this.namespace });
  }
}

export interface WorkloadGroupArgs {
  tenancyId: string;
  /** An existing dynamic group: nothing is made, its rule is its owner's. */
  existingId?: string | undefined;
  /** Selection of a new group. */
  selected: pulumi.Input<Selected>;
  /** URL of the identity domain of a new group; absent for the Default domain. */
  domainUrl?: string | undefined;
  name: string;
  tags: WorkloadTags;
}

/** The dynamic group whose members are the workload's instances. */
export class WorkloadGroup extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Rule of a new group; absent for an existing one. */
  readonly matchingRule: pulumi.Output<string> | undefined;

  constructor(name: string, args: WorkloadGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Group", name, {}, opts);
    const parent = { parent: this };
    const description = "Instances of a keyless workload";
    if (args.existingId) {
      this.id = pulumi.output(args.existingId);
      this.matchingRule = undefined;
    } else {
      const rule = pulumi.output(args.selected).apply(matchingRule);
      this.matchingRule = rule;
      this.id = args.domainUrl
        ? new oci.identity.DomainsDynamicResourceGroup(
            `${name}-members`,
            {
              idcsEndpoint: args.domainUrl,
              schemas: ["urn:ietf:params:scim:schemas:oracle:idcs:DynamicResourceGroup"],
              displayName: args.name,
              description,
              matchingRule: rule,
            },
            // The domain writes schemas and tags of its own.
            {
              ...parent,
              ignoreChanges: ["schemas", "tags", "urnietfparamsscimschemasoracleidcsextensionOciTags"],
            },
          ).ocid
        : new oci.identity.DynamicGroup(
            `${name}-members`,
            { compartmentId: args.tenancyId, name: args.name, description, matchingRule: rule, ...args.tags },
            // Another name would be another group, whose members OCI takes up to an hour to know.
            { ...parent, ignoreChanges: ["name"] },
          ).id;
    }
    this.registerOutputs({ id: this.id });
  }
}

export interface GrantsArgs {
  /** Compartments to which statements are attached, the own secret's first. */
  compartmentIds: readonly string[];
  statements: pulumi.Input<AttachedStatement[]>;
  name: string;
  tags: WorkloadTags;
}

/** The policies: one for each compartment to which statements are attached. */
export class Grants extends pulumi.ComponentResource {
  readonly policyIds: pulumi.Output<string>[];

  constructor(name: string, args: GrantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Grants", name, {}, opts);
    const all = pulumi.output(args.statements);
    this.policyIds = args.compartmentIds.map((compartmentId, i) => {
      // By the compartment, not by the place in the list: another grant must not move a policy.
      const suffix =
        i === 0 ? "" : `-${createHash("sha256").update(compartmentId).digest("hex").slice(0, 6)}`;
      const policy = new oci.identity.Policy(
        `${name}-policy${suffix}`,
        {
          compartmentId,
          name: `${args.name}${suffix}`,
          description: "What a keyless workload may do",
          statements: all.apply((list) =>
            list.filter((s) => s.compartmentId === compartmentId).map((s) => s.text),
          ),
          ...args.tags,
        },
        // A policy cannot be renamed: the provider would delete it first, and access with it.
        { parent: this, ignoreChanges: ["name"] },
      );
      return policy.id;
    });
    this.registerOutputs({ policyIds: this.policyIds });
  }
}
