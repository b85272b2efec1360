import { type Clock, HOUR, MINUTE, SECOND, systemClock } from "../../core/base/clock";
import type { TransientStore } from "../../core/record/store";
import type { Opener } from "../../core/seal/opener";
import { DynamoStore } from "../../store/dynamo-store";
import { TransientTable } from "../../store/transient-table";
import { type FrontSettings, frontPaths } from "../settings";
import { FrontLog } from "./front-log";
import { instanceName } from "./front-name";
import { Guests } from "./guests";
import { Haproxy } from "./haproxy";
import { HaproxyLog } from "./haproxy-log";
import { FrontHeartbeat } from "./heartbeat";
import { keyOpener } from "./key-opener";
import { KeyRing } from "./key-ring";
import { tellOfOpenMetadata } from "./metadata-rule";
import { outdated } from "./outdated";
import { reachOf } from "./reach";
import { Schedule } from "./schedule";
import { SelfCheck } from "./self-check";
import { writeReady, writeStartupFiles } from "./startup-files";
import { type FrontStore, Sync } from "./sync";
import { TenantFiles } from "./tenant-files";
import { TenantSet } from "./tenant-set";
import { applyTicketKeys, forgetTicketKeys } from "./ticket-keys";
import { writeUpstreamFile } from "./upstream-file";
import { UpstreamServers } from "./upstream-servers";
import { AGENT_VERSION } from "./version";

const HEARTBEAT = 10 * SECOND;
/** A front's own ticket keys live this long. */
const OWN_KEYS = 8 * HOUR;
/** How far the start-up files may lag behind: writing them costs as many lines as there are tenants. */
const STARTUP_FILES = 10 * SECOND;

/** What the agent works with, beside HAProxy and its own folder. */
export interface Surroundings {
  /** Its name in heartbeats and logs. */
  readonly front: string;
  readonly log: FrontLog;
  readonly store: FrontStore;
  readonly transient: Pick<TransientStore, "ticketKeys" | "keyRing" | "putKeyRing">;
  readonly keys: Opener;
  readonly clock: Clock;
  readonly schedule: Pick<Schedule, "every" | "stop">;
}

/** Those of an instance. */
export async function surroundings(settings: FrontSettings, clock: Clock = systemClock): Promise<Surroundings> {
  const front = settings.front || (await instanceName());
  const log = new FrontLog({ ...settings, front });
  const region = settings.region ? { region: settings.region } : {};
  return {
    ...{ front, log, clock },
    store: new DynamoStore(settings.table, region),
    transient: new TransientTable(settings.transientTable, region),
    keys: keyOpener(settings, clock),
    schedule: new Schedule((job, error) => log.warn(`${job} failed`, { error })),
  };
}

/** The agent: everything a front does besides HAProxy's own work. Runs until `stop` is called. */
export async function run(settings: FrontSettings, around: Surroundings): Promise<{ stop: () => Promise<void> }> {
  const { front, log, store, transient, keys, clock, schedule } = around;
  const paths = frontPaths(settings);
  const haproxy = new Haproxy(settings.socket);
  const upstreams = new UpstreamServers(haproxy, reachOf(settings));
  const files = new TenantFiles(settings);
  const ring = new KeyRing(transient, keys, log, clock);
  const tenants = new TenantSet(settings, files, haproxy, upstreams, keys, clock);
  const sync = new Sync(store, tenants, haproxy, log, clock, async (ready) => {
    if (ready) await writeStart();
    await haproxy.setMap(paths.readyMap, "ready", ready ? "1" : "0");
    if (ready) log.info("ready", { certificates: tenants.certificates, keyCalls: keys.calls });
    else log.warn("not ready", { unserved: sync.failures.size });
    // The disk may be what is at fault: HAProxy knows already.
    await writeReady(settings, ready).catch((error: unknown) => log.warn("readiness not written", { error }));
  });
  const selfCheck = new SelfCheck(tenants);
  const heartbeat = new FrontHeartbeat(
    { front, role: settings.roleId, agentVersion: AGENT_VERSION, thumbprint: settings.thumbprint, opensKeys: true },
    { store, sync, tenants, selfCheck },
    clock,
  );

  const writeStart = async (): Promise<void> => {
    if (!tenants.dirty) return;
    tenants.dirty = false;
    await writeStartupFiles(settings, tenants.all(), tenants.departed());
    await writeUpstreamFile(paths.upstreams, upstreams.placed());
  };

  const haproxyLog = new HaproxyLog(log);
  await haproxyLog.listen(settings.healthPort).catch((error: unknown) => log.warn("no log of haproxy", { error }));
  await tenants.readDisk();
  tellOfOpenMetadata(settings, log);
  log.info("agent started", { tenants: [...tenants.all()].length, version: AGENT_VERSION });

  let ticketsFor = "";
  schedule.every("sync", settings.syncSeconds * SECOND, async () => {
    const before = sync.failures.size;
    if (!sync.loaded) await ring.adopt();
    const changed = await sync.once();
    if (changed > 0 || sync.failures.size !== before) await heartbeat.beat();
  });
  schedule.every("ticket keys", Math.min(30, settings.syncSeconds * 5) * SECOND, async () => {
    const process = sync.haproxyInfo?.process;
    if (!process || tenants.asksForClientCertificates) return;
    const stored = await transient.ticketKeys();
    if (!stored) return;
    const opened = await Promise.all(stored.keys.map((key) => keys.ticketKey(key)));
    if (await applyTicketKeys(opened, paths.ticketKeys, haproxy, ticketsFor !== process)) {
      log.info("ticket keys rotated", { rotatedAt: stored.rotatedAt });
    }
    ticketsFor = process;
  });
  // While a tenant asks for client certificates, sessions are resumed by this front alone, and by none once what they were checked
  // against has changed.
  let forgottenFor = "";
  schedule.every("own ticket keys", settings.syncSeconds * SECOND, async () => {
    const process = sync.haproxyInfo?.process;
    if (!process || !tenants.asksForClientCertificates) return;
    const state = `${process} ${tenants.clientTrustChanges} ${Math.floor(clock.now() / OWN_KEYS)}`;
    if (state === forgottenFor) return;
    await forgetTicketKeys(paths.ticketKeys, haproxy);
    forgottenFor = state;
    ticketsFor = "";
    log.info("ticket keys are this front's own");
  });
  schedule.every("key ring", MINUTE, async () => {
    if (sync.loaded) await ring.handOn();
  });
  const guests = new Guests(haproxy);
  schedule.every("expired client certificates", settings.syncSeconds * SECOND, async () => {
    if (!sync.haproxyInfo || !tenants.asksForClientCertificates) return;
    const ended = await guests.endExpired(clock.now());
    if (ended > 0) log.info("ended for client certificates that have expired", { ended });
  });
  schedule.every("heartbeat", HEARTBEAT, () => heartbeat.beat());
  schedule.every("start-up files", STARTUP_FILES, async () => {
    if (sync.loaded) await writeStart();
  });
  schedule.every("sweep", 10 * MINUTE, async () => {
    if (!sync.loaded) return;
    await tenants.dropUpstreams();
    if (!tenants.dirty) await tenants.sweepFiles();
  });
  schedule.every("upstreams", 30 * SECOND, async () => {
    if (sync.loaded) await tenants.followUpstreams();
  });
  schedule.every("self-check", MINUTE, async () => {
    const wrong = sync.haproxyInfo ? await selfCheck.run() : [];
    if (wrong.length > 0) {
      log.warn("served certificates differ", { tenants: wrong.slice(0, 20) });
      sync.distrustHaproxy();
    }
  });
  schedule.every("installed software", MINUTE, async () => {
    const before = heartbeat.outdated.join();
    heartbeat.outdated = await outdated(sync.haproxyInfo?.startedAt);
    if (heartbeat.outdated.join() !== before) log.warn("installed is newer than what runs", { of: heartbeat.outdated });
  });
  schedule.every("logs", 5 * SECOND, () => log.flush());

  return {
    stop: async () => {
      await schedule.stop();
      await haproxyLog.close();
      await heartbeat.leave().catch((error: unknown) => log.warn("farewell failed", { error }));
      if (sync.loaded) await writeStart();
      haproxy.close();
      await log.flush();
    },
  };
}
