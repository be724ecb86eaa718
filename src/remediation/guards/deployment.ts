import type { Guard } from "../guard.ts";
import { tagMismatch } from "./tags.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("deployment");

/** Deployments take minutes: another look after this long, ms. */
const LOOK_AGAIN = 5 * 60_000;

/** A server that is being changed looks broken, and isn't. */
export const deployment: Guard = {
  name: "deployment",
  refuses:
    "An instance that is being deployed to: an instance refresh of its group, a lifecycle state that isn't `InService`, one of `deployments.tags`, a deployment of CodeDeploy (unless `deployments.codeDeploy: false`).",
  setting: "deployments",
  judge({ now, settings, instance }) {
    const again = now + LOOK_AGAIN;
    const { lifecycle, refresh, deployments, tags } = instance;
    for (const [key, condition] of Object.entries(settings.deployments.tags))
      if (!tagMismatch(tags, key, condition))
        return refuse("deployment-tag", `its tag ${key} says that it is being deployed to`, again);
    if (deployments.length > 0)
      return refuse("codedeploy", `CodeDeploy is deploying to it (${deployments.join(", ")})`, again);
    if (refresh !== undefined)
      return refuse(
        "instance-refresh",
        `instance refresh ${refresh} of ${instance.autoScalingGroup ?? "its group"} is under way`,
        again,
      );
    if (lifecycle !== undefined && lifecycle !== "InService")
      return refuse("lifecycle", `its lifecycle state is ${lifecycle}, not InService`, again);
    const unasked = [
      ...(settings.deployments.codeDeploy ? [] : ["CodeDeploy"]),
      ...(instance.autoScalingGroup !== undefined && lifecycle === undefined ? ["Auto Scaling"] : []),
    ];
    const except = unasked.length === 0 ? "" : `; ${unasked.join(" and ")} wasn't asked`;
    return pass("no-deployment", `no deployment to it is known${except}`);
  },
};
