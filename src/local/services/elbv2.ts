import type { TargetGroup as WireGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../aws-error.ts";
import { stateAt } from "../fleet/lifecycle.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";
import { fleetKey } from "./ec2/fleet-key.ts";
import { type TargetGroup, targetGroupsKey } from "./elbv2/target-groups.ts";
import { HEALTH_CHECK, targetHealth } from "./elbv2/target-health.ts";
import { pageByKey } from "./key-paging.ts";

const MOST = 400;

const targetGroups = {
  DescribeTargetGroups(input, context) {
    const {
      LoadBalancerArn: balancer,
      TargetGroupArns: arns = [],
      Names: names = [],
      PageSize: size = MOST,
    } = input;
    if ([balancer !== undefined, arns.length > 0, names.length > 0].filter(Boolean).length > 1)
      throw validationError("Only one of load balancer ARN, target group ARNs and names can be specified");
    if (size < 1 || size > MOST) throw validationError(`PageSize must be between 1 and ${MOST}`);
    const all = [...groupsOf(context).values()].map((group) => groupShape(group, context));
    const missing =
      arns.some((arn) => !all.some(({ TargetGroupArn }) => TargetGroupArn === arn)) ||
      names.some((name) => !all.some(({ TargetGroupName }) => TargetGroupName === name));
    if (missing) throw groupNotFound();
    const found = all.filter(
      ({ TargetGroupArn = "", TargetGroupName = "", LoadBalancerArns = [] }) =>
        (arns.length === 0 || arns.includes(TargetGroupArn)) &&
        (names.length === 0 || names.includes(TargetGroupName)) &&
        (balancer === undefined || LoadBalancerArns.includes(balancer)),
    );
    if (balancer !== undefined && found.length === 0)
      throw new AwsError("LoadBalancerNotFoundException", `Load balancer '${balancer}' not found`);
    const page = pageByKey(
      found,
      ({ TargetGroupName = "" }) => TargetGroupName,
      { size, token: input.Marker, binding: ["target groups", balancer, arns, names] },
      () => validationError("Invalid marker"),
    );
    return { TargetGroups: [...page.items], NextMarker: page.next };
  },

  DescribeTargetHealth(input, context) {
    if (input.Include?.length)
      throw new AwsError("NotImplemented", "Include is not implemented by the local cloud.", 501);
    const arn = input.TargetGroupArn ?? "";
    const group = [...groupsOf(context).values()].find((one) => groupArn(one, context) === arn);
    if (!group) throw groupNotFound();
    const now = context.now.getTime();
    const fleet = context.cloud.state(fleetKey, context.account, context.region);
    const known = group.targets.flatMap((target) => {
      const instance = fleet.instance(target.instanceId, now);
      // Instances that are gone have been taken out.
      if (!instance || stateAt(instance.phase, now) === "terminated") return [];
      return [
        {
          Target: { Id: target.instanceId, Port: target.port },
          HealthCheckPort: String(target.port),
          TargetHealth: targetHealth(instance, target, now),
        },
      ];
    });
    const asked = input.Targets ?? [];
    if (asked.length === 0) return { TargetHealthDescriptions: known };
    return {
      TargetHealthDescriptions: asked.map(({ Id, Port = group.port }) => {
        const found = known.find(({ Target }) => Target.Id === Id && Target.Port === Port);
        return (
          found ?? {
            Target: { Id, Port },
            HealthCheckPort: String(Port),
            TargetHealth: {
              State: "unused" as const,
              Reason: "Target.NotRegistered" as const,
              Description: "Target is not registered to the target group",
            },
          }
        );
      }),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-elastic-load-balancing-v2")>;

/** Load balancing: target groups that scenarios make. Targets are as healthy as what answers on their machines. */
export const elbv2: LocalService = {
  sdk: "@aws-sdk/client-elastic-load-balancing-v2",
  signingName: "elasticloadbalancing",
  version: "2015-12-01",
  xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
  defaultProtocol: "awsQuery",
  handlers: { ...targetGroups },
};

function groupsOf({ cloud, account, region }: RequestContext): ReadonlyMap<string, TargetGroup> {
  return cloud.state(targetGroupsKey, account, region);
}

function groupArn({ name, hash }: TargetGroup, context: RequestContext): string {
  return `${arnPrefix(context)}:targetgroup/${name}/${hash}`;
}

function arnPrefix({ partition, region, account }: RequestContext): string {
  return `arn:${partition}:elasticloadbalancing:${region}:${account}`;
}

function groupShape(group: TargetGroup, context: RequestContext): WireGroup {
  const { network } = context.cloud.state(fleetKey, context.account, context.region);
  return {
    TargetGroupArn: groupArn(group, context),
    TargetGroupName: group.name,
    Protocol: "HTTP",
    ProtocolVersion: "HTTP1",
    Port: group.port,
    VpcId: network.vpcId,
    HealthCheckProtocol: "HTTP",
    HealthCheckPort: "traffic-port",
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: HEALTH_CHECK.interval,
    HealthCheckTimeoutSeconds: HEALTH_CHECK.timeout,
    HealthyThresholdCount: HEALTH_CHECK.healthy,
    UnhealthyThresholdCount: HEALTH_CHECK.unhealthy,
    HealthCheckPath: "/",
    Matcher: { HttpCode: "200" },
    LoadBalancerArns: [`${arnPrefix(context)}:loadbalancer/app/${group.name}/${group.hash}`],
    TargetType: "instance",
    IpAddressType: "ipv4",
  };
}

function groupNotFound(): AwsError {
  return new AwsError("TargetGroupNotFoundException", "One or more target groups not found");
}

function validationError(message: string): AwsError {
  return new AwsError("ValidationError", message, 400);
}
