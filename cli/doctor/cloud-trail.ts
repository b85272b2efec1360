import type { AwsClient } from "../../wire/aws/client";
import type { Service } from "../../wire/aws/endpoint";

export const CLOUDTRAIL: Service = {
  name: "CloudTrail",
  id: "cloudtrail",
  variable: "CLOUDTRAIL",
  json: { target: "CloudTrail_20131101", version: "1.1" },
};

/** One that covers the region: its own, another region's or the organization's. */
export interface Trail {
  readonly name: string;
  readonly arn: string;
  readonly home: string;
}

/** What of events a trail takes, as CloudTrail answers; it has selectors of one of the two kinds. */
export interface Selectors {
  readonly basic: readonly {
    readonly IncludeManagementEvents?: boolean;
    readonly ReadWriteType?: string;
    readonly ExcludeManagementEventSources?: readonly string[];
  }[];
  /** All fields of one must fit. */
  readonly advanced: readonly { readonly FieldSelectors?: readonly FieldSelector[] }[];
}

export type FieldSelector = { readonly Field?: string } & Partial<
  Record<"Equals" | "NotEquals" | "StartsWith" | "NotStartsWith" | "EndsWith" | "NotEndsWith", readonly string[]>
>;

/** An account's trails, as one region has them. Reads only. */
export class CloudTrail {
  constructor(
    private readonly client: AwsClient,
    private readonly region: string,
  ) {}

  async trails(): Promise<Trail[]> {
    const { trailList } = (await this.client.call("DescribeTrails", { includeShadowTrails: true })) as {
      trailList?: readonly { Name?: string; TrailARN?: string; HomeRegion?: string }[];
    };
    return (trailList ?? []).map(({ Name = "", TrailARN = "", HomeRegion = this.region }) => ({
      name: Name,
      arn: TrailARN,
      home: HomeRegion,
    }));
  }

  async isLogging({ arn }: Trail): Promise<boolean> {
    return (await this.client.call("GetTrailStatus", { Name: arn })).IsLogging === true;
  }

  async selectors({ arn }: Trail): Promise<Selectors> {
    const { EventSelectors, AdvancedEventSelectors } = (await this.client.call("GetEventSelectors", {
      TrailName: arn,
    })) as { EventSelectors?: Selectors["basic"]; AdvancedEventSelectors?: Selectors["advanced"] };
    return { basic: EventSelectors ?? [], advanced: AdvancedEventSelectors ?? [] };
  }
}
