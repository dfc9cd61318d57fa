/** Compute instances. @module */
import { z } from "zod";
import type { MachineHost } from "../../cloud.ts";
import { invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Call, Handler } from "../../service.ts";
import type { State } from "../../state/state.ts";
import { readBody } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import {
  answer,
  compartmentTarget,
  find,
  isAlive,
  listOf,
  moveTo,
  type Owned,
  requireState,
  takeOut,
  targetOf,
} from "../support/resources.ts";
import { launch, launchTargets, settleLater } from "./launch.ts";
import { endMachine, powerMachine } from "./machine.ts";
import { updateInstance } from "./update-instance.ts";
import { detachVnics } from "./vnics.ts";
import { releaseBootVolume } from "./volumes.ts";
import { coreWork } from "./work.ts";

const one = (call: Call): Owned => find(call, "instance", call.params["instanceId"]);

/** Power actions: from which state, through which, to which, and what the machine is told. */
const ACTIONS: Readonly<Record<string, readonly [from: string, via: string, to: string]>> = {
  START: ["STOPPED", "STARTING", "RUNNING"],
  STOP: ["RUNNING", "STOPPING", "STOPPED"],
  SOFTSTOP: ["RUNNING", "STOPPING", "STOPPED"],
  RESET: ["RUNNING", "STARTING", "RUNNING"],
  SOFTRESET: ["RUNNING", "STARTING", "RUNNING"],
};

const power = (call: Call) => {
  const instance = one(call);
  const name = (call.query.get("action") ?? "").toUpperCase();
  if (!name) throw missingParameter("action");
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action)
    throw invalidParameter(`action: '${name.slice(0, 40)}' is not one of ${Object.keys(ACTIONS).join(", ")}`);
  const [from, via, to] = action;
  requireState(instance, from);
  moveTo(call.cloud, instance, via, to);
  settleLater(call.cloud, instance);
  void powerMachine(instance, name as "START");
  return answer(instance);
};

const truth = (call: Call, name: string, fallback: boolean): boolean => {
  const text = call.query.get(name);
  if (text !== null && text !== "" && text !== "true" && text !== "false")
    throw invalidParameter(`${name} must be true or false, not '${text.slice(0, 40)}'`);
  return text ? text === "true" : fallback;
};

const terminate = (call: Call<string, State & MachineHost>) => {
  const instance = one(call);
  if (!isAlive(instance)) throw notFound();
  const preserve = truth(call, "preserveBootVolume", false);
  takeOut(call.cloud, instance, "TERMINATING", "TERMINATED");
  detachVnics(call, instance.id);
  releaseBootVolume(call, instance.id, preserve);
  void endMachine(call.cloud, instance);
  return { status: 204, headers: coreWork(call, "TerminateInstance", instance, "DELETED") };
};

const move = z.object({ compartmentId: z.string() });

/** The handlers of instances. */
export const instances: Record<string, Handler<State & MachineHost>> = {
  LaunchInstance: { target: launchTargets, run: launch },
  GetInstance: { target: (call) => targetOf(call, one(call)), run: (call) => answer(one(call)) },
  ListInstances: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "instance").map((i) => i.model),
        { filters: ["compartmentId", "availabilityDomain", "displayName", "lifecycleState"] },
      ),
  },
  UpdateInstance: { target: (call) => targetOf(call, one(call)), run: updateInstance },
  InstanceAction: { target: (call) => targetOf(call, one(call)), run: power },
  TerminateInstance: {
    target: (call) => {
      const instance = one(call);
      const attachment = listOf(call, "vnicattachment").find((a) => a.model["instanceId"] === instance.id);
      const subnet = attachment && call.cloud.store.get(String(attachment.model["subnetId"]));
      if (!subnet) return targetOf(call, instance, { permissions: ["INSTANCE_DELETE"] });
      return [
        targetOf(call, instance, { permissions: ["INSTANCE_DELETE", "VNIC_DELETE"] }),
        targetOf(call, subnet as Owned, { permissions: ["SUBNET_DETACH"] }),
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
      const attachments = ["vnicattachment", "bootvolumeattachment"].flatMap((type) =>
        listOf(call, type).filter((a) => a.model["instanceId"] === instance.id),
      );
      for (const moved of [instance, ...attachments]) {
        moved.model.compartmentId = compartmentId;
        call.cloud.store.touch(moved);
      }
      return { status: 202, headers: coreWork(call, "ChangeInstanceCompartment", instance, "UPDATED") };
    },
  },
};
