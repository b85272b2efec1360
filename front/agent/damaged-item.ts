import type { FrontItem } from "../../core/record/record";
import { fileStem } from "./policy";

/** What makes an item of the table one that no front could serve: its own trouble, which says nothing about this front. */
export function damageOf({ domain, tenant }: FrontItem): string | undefined {
  try {
    fileStem(domain);
  } catch {
    return "the table's item for it is damaged: its key is no domain name";
  }
  const { aliases } = (tenant ?? {}) as Partial<FrontItem["tenant"]>;
  const names: unknown[] = [tenant?.domain, ...(Array.isArray(aliases) ? aliases : [undefined])];
  if (names.every((name) => typeof name === "string")) return undefined;
  return "the table's item for it is damaged: it says no tenant; `certfront renew` writes it anew";
}
