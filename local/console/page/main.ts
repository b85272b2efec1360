import type { GraphsView, OverviewView } from "../views";
import { setActs, takeKey } from "./act";
import { remember, shown } from "./address";
import { renderAlarms } from "./alarms";
import { announce } from "./announce";
import { fetchJson } from "./api";
import { byId, setText } from "./dom";
import { renderFronts } from "./fronts";
import { renderGraphs } from "./graphs";
import { keepTableRoles } from "./table-roles";
import { followAddress } from "./tenant-dialog";
import { followList, refreshTenants, setUpTenants, showTenants } from "./tenants";
import { setNow, tickTimes } from "./time";
import { renderTrouble } from "./trouble";
import { renderVerdict } from "./verdict";

const EVERY_MS = 2_000;
/** Graphs change by the minute. */
const GRAPHS_EVERY = 5;

let rounds = 0;

/** One look at the stack; what fails is said and tried again at the next. */
async function round(): Promise<void> {
  const freshness = byId("freshness", HTMLParagraphElement);
  try {
    const overview = await fetchJson<OverviewView>("/api/overview");
    setNow(overview.now);
    setActs(overview.acts);
    renderVerdict(overview, showTenants);
    renderTrouble(overview);
    renderAlarms(overview);
    renderFronts(overview);
    await refreshTenants();
    if (rounds % GRAPHS_EVERY === 0) await refreshGraphs();
    rounds += 1;
    // Only now it is known what a tenant's dialog may offer.
    if (document.body.dataset.connected !== "yes" && shown().tenant !== "") followAddress();
    if (document.body.dataset.connected === "no") announce("Connected again.");
    document.body.dataset.connected = "yes";
    setText(freshness, "live");
  } catch {
    document.body.dataset.connected = "no";
    setText(freshness, "not connected; this is what was last known");
    announce("Not connected to the stack. The page shows what was last known.");
  }
}

async function refreshGraphs(): Promise<void> {
  if (!byId("graphs-fold", HTMLDetailsElement).open) return;
  const hours = byId("graphs-hours", HTMLSelectElement).value;
  remember({ hours });
  renderGraphs(await fetchJson<GraphsView>(`/api/graphs?${new URLSearchParams({ hours })}`));
}

/** Folded on a phone, where they would be five screens; drawn when they are opened. */
function setUpGraphs(): void {
  const hours = byId("graphs-hours", HTMLSelectElement);
  hours.value = shown().hours;
  if (hours.value === "") hours.value = "3";
  hours.addEventListener("change", () => void refreshGraphs());
  const fold = byId("graphs-fold", HTMLDetailsElement);
  fold.open = !window.matchMedia("(width < 52rem)").matches;
  fold.addEventListener("toggle", () => void refreshGraphs());
  window.addEventListener("beforeprint", () => {
    fold.open = true;
  });
}

async function live(): Promise<void> {
  // Nobody looks at a hidden page, so nothing is asked for.
  if (!document.hidden) await round();
  setTimeout(() => void live(), EVERY_MS);
}

takeKey();
keepTableRoles();
setUpTenants();
setUpGraphs();
byId("tenant-dialog", HTMLDialogElement).addEventListener("close", () => remember({ tenant: "" }));
window.addEventListener("popstate", () => {
  followList();
  followAddress();
  void refreshTenants();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void round();
});
setInterval(tickTimes, 1_000);
void live();
