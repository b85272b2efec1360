import { MINUTE, SECOND } from "../core/base/clock";

/** What the group and its target group are set to, as the program sets them. */
export interface FleetSettings {
  readonly minSize: number;
  /** Seconds in which a young front is taken for healthy whatever it serves. */
  readonly healthCheckGracePeriod: number;
  /** Seconds until a front in service counts; absent: at once. */
  readonly defaultInstanceWarmup?: number;
  /** Seconds. */
  readonly maxInstanceLifetime: number;
  readonly minHealthyPercentage: number;
  readonly maxHealthyPercentage: number;
  /** Seconds that connections of a front that goes have to end. */
  readonly deregistrationDelay: number;
  /** Zones of the subnets. */
  readonly zones: readonly string[];
}

/** What happens to the fleet, by time. */
export interface Weather {
  /** ms from its launch until a front has loaded every certificate; undefined: it never does. */
  boot(at: number): number | undefined;
  zoneUp(zone: string, at: number): boolean;
  /** vCPU that the account has left for the fleet. */
  quota(at: number): number;
  /** How many serving fronts die now. */
  deaths(at: number): number;
}

interface Front {
  readonly launchedAt: number;
  readonly zone: string;
  /** When it serves; undefined: never. */
  readonly servesAt: number | undefined;
  drainsUntil?: number;
  dead?: boolean;
}

/** From launch to InService. */
const IN_SERVICE_AFTER = MINUTE;

/**
 * A model of EC2 Auto Scaling by its user guide ("Instance maintenance policies", "Default instance warmup", "Maximum instance lifetime", "Health check grace
 * period"), a minute at a time: it launches before it terminates, counts a front as healthy and ready once its warm-up is over and as healthy whatever it
 * serves until its grace period is, and ends one only while enough others count. It is no AWS: what AWS really does only an account can show.
 */
export class FleetModel {
  private fronts: Front[] = [];

  constructor(
    private readonly settings: FleetSettings,
    private readonly weather: Weather,
    begun: number,
  ) {
    // Two days apart, as after a year of replacements one by one.
    for (let at = 0; at < settings.minSize; at++) {
      const zone = settings.zones[at % settings.zones.length] ?? "";
      this.fronts.push({ launchedAt: begun - (at * 2 + 1) * 1_440 * MINUTE, zone, servesAt: begun });
    }
  }

  /** One minute. */
  tick(now: number): void {
    this.fronts = this.fronts.filter(({ drainsUntil }) => drainsUntil === undefined || drainsUntil > now);
    this.kill(this.weather.deaths(now), now);
    const { minSize: desired, minHealthyPercentage, maxHealthyPercentage } = this.settings;
    const most = desired + Math.max(1, Math.floor((desired * (maxHealthyPercentage - 100)) / 100));
    const least = Math.ceil((desired * minHealthyPercentage) / 100);

    const leaving = this.present().filter((front) => this.unhealthy(front, now) || this.old(front, now));
    for (const front of leaving.sort((a, b) => a.launchedAt - b.launchedAt)) {
      const others = this.present().filter((other) => other !== front);
      const counting = others.filter((other) => this.counts(other, now)).length;
      const gone = this.unhealthy(front, now);
      if (others.length >= desired && (gone || counting >= least)) {
        front.drainsUntil = now + this.settings.deregistrationDelay * SECOND;
      }
    }
    const staying = leaving.filter(({ drainsUntil }) => drainsUntil === undefined).length;
    const wanted = Math.min(desired + staying, most);
    while (this.present().length < wanted && this.launch(now));
  }

  /** Fronts that take new connections. */
  serving(now: number): number {
    return this.present().filter((front) => this.serves(front, now)).length;
  }

  /** Targets that the load balancer finds unhealthy. */
  failing(now: number): number {
    return this.present().filter((front) => now >= front.launchedAt + IN_SERVICE_AFTER && !this.serves(front, now))
      .length;
  }

  private present(): Front[] {
    return this.fronts.filter(({ drainsUntil }) => drainsUntil === undefined);
  }

  private serves({ servesAt, zone, dead }: Front, now: number): boolean {
    return !dead && servesAt !== undefined && now >= servesAt && this.weather.zoneUp(zone, now);
  }

  private unhealthy(front: Front, now: number): boolean {
    const inService = front.launchedAt + IN_SERVICE_AFTER;
    const graceOver = now >= inService + this.settings.healthCheckGracePeriod * SECOND;
    return graceOver && !this.serves(front, now);
  }

  private old({ launchedAt }: Front, now: number): boolean {
    return now - launchedAt >= this.settings.maxInstanceLifetime * SECOND;
  }

  /** Healthy and ready, as the group sees it. */
  private counts(front: Front, now: number): boolean {
    const ready = front.launchedAt + IN_SERVICE_AFTER + (this.settings.defaultInstanceWarmup ?? 0) * SECOND;
    return now >= ready && !this.unhealthy(front, now);
  }

  private kill(count: number, now: number): void {
    for (const front of this.present()
      .filter((one) => this.serves(one, now))
      .slice(0, count))
      front.dead = true;
  }

  /** In the zone that has fewest; false where AWS gives none. */
  private launch(now: number): boolean {
    const up = this.settings.zones.filter((zone) => this.weather.zoneUp(zone, now));
    // One vCPU each, draining ones too.
    if (up.length === 0 || this.fronts.length + 1 > this.weather.quota(now)) return false;
    const inZone = (zone: string) => this.present().filter((front) => front.zone === zone).length;
    const [zone = ""] = [...up].sort((a, b) => inZone(a) - inZone(b));
    const boot = this.weather.boot(now);
    this.fronts.push({ launchedAt: now, zone, servesAt: boot === undefined ? undefined : now + boot });
    return true;
  }
}
