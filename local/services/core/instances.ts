/** Compute instances. @module */
import type { ComputeClient, models } from "oci-core";
import { z } from "zod";
import type { MachineHost } from "../../cloud.ts";
import { invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { StateOf } from "../../state/models.ts";
import type { State } from "../../state/state.ts";
import { details, readBody } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import {
  compartmentTarget,
  find,
  isAlive,
  listOf,
  moveTo,
  requireState,
  responseOf,
  takeOut,
  targetOf,
} from "../support/resources.ts";
import { launch, launchTargets, settleLater } from "./launch.ts";
import { endMachine, powerMachine } from "./machine.ts";
import { updateInstance, updateTargets } from "./update-instance.ts";
import { detachVnics } from "./vnics.ts";
import { releaseBootVolume } from "./volumes.ts";
import { coreWork } from "./work.ts";

const one = (call: Call<"instanceId">) => find(call, "instance", call.params["instanceId"]);

/** A power action: from which state, through which, to which, and the action on the machine. */
type PowerAction = Parameters<typeof powerMachine>[1];
type Lifecycle = StateOf<"instance">;

const ACTIONS: Readonly<Record<PowerAction, readonly [from: Lifecycle, via: Lifecycle, to: Lifecycle]>> = {
  START: ["STOPPED", "STARTING", "RUNNING"],
  STOP: ["RUNNING", "STOPPING", "STOPPED"],
  SOFTSTOP: ["RUNNING", "STOPPING", "STOPPED"],
  RESET: ["RUNNING", "STARTING", "RUNNING"],
  SOFTRESET: ["RUNNING", "STARTING", "RUNNING"],
};

const isPowerAction = (name: string): name is PowerAction => Object.hasOwn(ACTIONS, name);

const power = (call: Call<"instanceId" | "action">) => {
  const instance = one(call);
  const name = (call.query.get("action") ?? "").toUpperCase();
  if (!name) throw missingParameter("action");
  if (!isPowerAction(name))
    throw invalidParameter(`action: '${name.slice(0, 40)}' is not one of ${Object.keys(ACTIONS).join(", ")}`);
  const [from, via, to] = ACTIONS[name];
  requireState(instance, from);
  moveTo(call.cloud, instance, via, to);
  settleLater(call.cloud, instance);
  void powerMachine(instance, name);
  return responseOf(instance);
};

const truth = <N extends string>(call: Call<N>, name: N, fallback: boolean): boolean => {
  const text = call.query.get(name);
  if (text !== null && text !== "" && text !== "true" && text !== "false")
    throw invalidParameter(`${name} must be true or false, not '${text.slice(0, 40)}'`);
  return text ? text === "true" : fallback;
};

const terminate = (call: Call<"instanceId" | "preserveBootVolume", State & MachineHost>) => {
  const instance = one(call);
  if (!isAlive(instance)) throw notFound();
  const preserve = truth(call, "preserveBootVolume", false);
  takeOut(call.cloud, instance, "TERMINATING", "TERMINATED");
  detachVnics(call, instance.id);
  releaseBootVolume(call, instance.id, preserve);
  void endMachine(call.cloud, instance);
  return { status: 204, headers: coreWork(call, "TerminateInstance", instance, "DELETED") };
};

const move = details<models.ChangeInstanceCompartmentDetails>()({ compartmentId: z.string() });

/** The handlers of instances. */
export const instances = {
  LaunchInstance: { target: launchTargets, run: launch },
  GetInstance: { target: (call) => targetOf(call, one(call)), run: (call) => responseOf(one(call)) },
  ListInstances: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "instance").map((i) => i.model),
        { filters: ["compartmentId", "availabilityDomain", "displayName", "lifecycleState"] },
      ),
  },
  UpdateInstance: { target: updateTargets, run: updateInstance },
  InstanceAction: { target: (call) => targetOf(call, one(call)), run: power },
  TerminateInstance: {
    target: (call) => {
      const instance = one(call);
      const attachment = listOf(call, "vnicattachment").find((a) => a.model.instanceId === instance.id);
      const subnet = attachment && call.cloud.store.get(attachment.model.subnetId, "subnet");
      if (!subnet) return targetOf(call, instance, { permissions: ["INSTANCE_DELETE"] });
      return [
        targetOf(call, instance, { permissions: ["INSTANCE_DELETE", "VNIC_DELETE"] }),
        targetOf(call, subnet, { permissions: ["SUBNET_DETACH"] }),
      ];
    },
    run: terminate,
  },
  ChangeInstanceCompartment: {
    target: (call) => [
      targetOf(call, one(call)),
      compartmentTarget(call, readBody(call, move).compartmentId),
    ],
    run: (call) => {
      const instance = one(call);
      const { compartmentId } = readBody(call, move);
      // Attachments belong to the instance; its VNICs and volumes stay (docs: ChangeInstanceCompartment).
      const attachments = [...listOf(call, "vnicattachment"), ...listOf(call, "bootvolumeattachment")].filter(
        (a) => a.model.instanceId === instance.id,
      );
      for (const moved of [instance, ...attachments]) {
        moved.model.compartmentId = compartmentId;
        call.cloud.store.touch(moved);
      }
      return { status: 202, headers: coreWork(call, "ChangeInstanceCompartment", instance, "UPDATED") };
    },
  },
} satisfies Handlers<ComputeClient, State & MachineHost>;
