import type { Fleet } from "../../fleet/fleet.ts";
import { isId } from "../../fleet/ids.ts";
import type { Instance } from "../../fleet/instance.ts";
import type { Volume } from "../../fleet/volume.ts";
import type { RequestContext } from "../../service.ts";
import {
  instancesNotFound,
  invalidCombination,
  malformedId,
  missingParameter,
  volumesNotFound,
} from "./errors.ts";
import { fleetKey } from "./fleet-key.ts";

/** The fleet a request speaks of. */
export function fleetOf({ cloud, account, region }: RequestContext): Fleet {
  return cloud.state(fleetKey, account, region);
}

/** Instances by id, in the order asked for; fails whole when one is malformed or doesn't exist. */
export function instancesById(fleet: Fleet, ids: readonly string[] | undefined, now: number): Instance[] {
  if (!ids || ids.length === 0) throw invalidCombination("No instances specified");
  const malformed = ids.find((id) => !isId("i", id));
  if (malformed !== undefined) throw malformedId("InstanceID", malformed, "i");
  const wanted = [...new Set(ids)];
  const missing = wanted.filter((id) => !fleet.instance(id, now));
  if (missing.length > 0) throw instancesNotFound(missing);
  return wanted.map((id) => fleet.instance(id, now) as Instance);
}

export function instanceById(fleet: Fleet, id: string | undefined, now: number): Instance {
  return instancesById(fleet, id === undefined ? undefined : [id], now)[0] as Instance;
}

/** Volumes by id, in the order asked for; fails whole when one is malformed or doesn't exist. */
export function volumesById(fleet: Fleet, ids: readonly string[] | undefined, now: number): Volume[] {
  if (!ids || ids.length === 0) throw missingParameter("VolumeId");
  const malformed = ids.find((id) => !isId("vol", id));
  if (malformed !== undefined) throw malformedId("VolumeID", malformed, "vol");
  const wanted = [...new Set(ids)];
  const missing = wanted.filter((id) => !fleet.volume(id, now));
  if (missing.length > 0) throw volumesNotFound(missing);
  return wanted.map((id) => fleet.volume(id, now) as Volume);
}

export function volumeById(fleet: Fleet, id: string | undefined, now: number): Volume {
  return volumesById(fleet, id === undefined ? undefined : [id], now)[0] as Volume;
}

/** What a listing shows: all, or with that fault switched on what has been there for a while. */
export function* listed<T extends { readonly createdAt: number }>(
  things: Iterable<T>,
  { cloud, now }: RequestContext,
): Iterable<T> {
  const lag = cloud.faults.listLagMs;
  for (const thing of things) if (lag === 0 || thing.createdAt + lag <= now.getTime()) yield thing;
}
