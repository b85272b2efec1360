import type { TicketKeys } from "../core/record/record";
import type { TransientStore } from "../core/record/store";
import { AwsClient, type AwsOptions } from "../wire/aws/client";
import { DYNAMODB } from "../wire/aws/services";
import { absent, equal } from "./conditions";
import { keys } from "./keys";
import { Table } from "./table";

/** The stack's second table, which is never backed up: what is overwritten in it is gone. Lost, it is made anew by whoever writes to it. */
export class TransientTable implements TransientStore {
  private readonly table: Table;

  /** @param tableName created by store/schema.ts's TRANSIENT_SCHEMA */
  constructor(tableName: string, api: AwsOptions = {}) {
    this.table = new Table(new AwsClient(DYNAMODB, api), tableName);
  }

  async ticketKeys(): Promise<TicketKeys | undefined> {
    const item = await this.table.get(keys.tickets);
    return item && { keys: item.keys as readonly string[], rotatedAt: Number(item.rotatedAt) };
  }

  putTicketKeys(next: TicketKeys, previous: TicketKeys | undefined): Promise<boolean> {
    return this.table.put({ ...keys.tickets, ...next }, previous ? equal("rotatedAt", previous.rotatedAt) : absent);
  }

  async keyRing(): Promise<string | undefined> {
    const item = await this.table.get(keys.ring);
    return typeof item?.ring === "string" ? item.ring : undefined;
  }

  async putKeyRing(ring: string): Promise<void> {
    await this.table.put({ ...keys.ring, ring });
  }
}
