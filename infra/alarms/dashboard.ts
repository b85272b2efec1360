import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import { physicalName } from "../naming/names";
import { dashboardBody } from "./dashboard-body";
import { logQueries } from "./log-queries";
import type { AlarmContext } from "./types";

export interface DashboardArgs {
  readonly common: Common;
  readonly context: AlarmContext<pulumi.Input<string>>;
}

/** What a person opens when an alarm rings, and the log queries it is made of. */
export class Dashboard extends pulumi.ComponentResource {
  readonly dashboardName: pulumi.Output<string>;

  constructor(name: string, { common, context }: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Dashboard", name, {}, opts);
    const { partition, region, accountId } = common.place;

    const board = new cloudwatch.Dashboard(
      `${name}-board`,
      {
        dashboardName: physicalName(name, 255),
        dashboardBody: pulumi
          .all([partition, region, accountId, context.loadBalancer, context.targetGroup])
          .apply(([inPartition, inRegion, account, loadBalancer, targetGroup]) =>
            JSON.stringify(
              dashboardBody({
                ...context,
                loadBalancer,
                targetGroup,
                region: inRegion,
                alarmArn: (alarm) => `arn:${inPartition}:cloudwatch:${inRegion}:${account}:alarm:${alarm}`,
              }),
            ),
          ),
      },
      { parent: this },
    );
    for (const query of logQueries(context)) {
      new cloudwatch.QueryDefinition(
        `${name}-query-${query.key}`,
        { name: query.name, logGroupNames: [...query.logGroupNames], queryString: query.queryString },
        { parent: this },
      );
    }
    this.dashboardName = board.dashboardName;
    this.registerOutputs({ dashboardName: this.dashboardName });
  }
}
