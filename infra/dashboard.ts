import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import type { AlarmContext } from "./alarm-types";
import type { Common } from "./common";
import { logQueries } from "./log-queries";
import { physicalName } from "./names";

export interface DashboardArgs {
  readonly common: Common;
  readonly context: AlarmContext<pulumi.Input<string>>;
}

/** What a person opens when an alarm rings: the prepared log queries. */
export class Dashboard extends pulumi.ComponentResource {
  readonly dashboardName: pulumi.Output<string>;

  constructor(name: string, { context }: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Dashboard", name, {}, opts);
    for (const query of logQueries(context)) {
      new cloudwatch.QueryDefinition(
        `${name}-query-${query.key}`,
        { name: query.name, logGroupNames: [...query.logGroupNames], queryString: query.queryString },
        { parent: this },
      );
    }
    this.dashboardName = pulumi.output(physicalName(name, 255));
    this.registerOutputs({ dashboardName: this.dashboardName });
  }
}
