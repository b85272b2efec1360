import { accountName } from "../../acme/account-name";
import { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { SECOND, systemClock } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import { AcmeError, type CertificateAuthority } from "../../core/ca/certificate-authority";
import { thumbprintOf } from "../../core/ca/challenge";
import { CaLimits } from "../../core/ca/limits";
import { CaOutages } from "../../core/ca/outages";
import { AnsweringFronts } from "../../core/issue/answering-fronts";
import type { IssuerPorts } from "../../core/issue/ports";
import { Sealer } from "../../core/seal/sealer";
import { DynamoStore } from "../../store/dynamo-store";
import { TransientTable } from "../../store/transient-table";
import { AwsClient, AwsError } from "../../wire/aws/client";
import { generateDataKey } from "../../wire/aws/data-keys";
import { invokeLater, KMS, LAMBDA, parameterValue, SSM } from "../../wire/aws/services";
import { DnsResolver } from "../../wire/dns/resolver";
import { PlainHttpProbe } from "../../wire/http-probe";
import { createLogger } from "../shared/observability";
import { Journal } from "./journal";
import { type IssuerSettings, readIssuerSettings } from "./settings";

/** The issuer's ports, made once per process and kept while it lives: clients, accounts, connections. */
export interface Issuer {
  readonly settings: IssuerSettings;
  readonly ports: IssuerPorts;
  readonly journal: Journal;
  /** Starts another invocation of this function and returns at once. */
  readonly invokeSelf: (event: object) => Promise<void>;
}

export async function compose(variables: NodeJS.ProcessEnv): Promise<Issuer> {
  const settings = readIssuerSettings(variables);
  const store = new DynamoStore(settings.table);
  const journal = new Journal(settings.stack, createLogger("issuer", settings.stack));
  const lambda = new AwsClient(LAMBDA);
  const { timeScale } = settings;
  const ssm = new AwsClient(SSM);
  const kms = new AwsClient(KMS);
  const accountKey = await accountKeyOf(settings, ssm);
  const fronts = new AnsweringFronts(store, systemClock, settings.thumbprint);
  const ports: IssuerPorts = {
    store,
    transient: new TransientTable(settings.transientTable),
    cas: await authorities(settings, accountKey, ssm, store, fronts),
    stack: settings.stack,
    limits: new CaLimits(store, systemClock, settings.limits),
    outages: new CaOutages(store, systemClock, timeScale),
    resolver: new DnsResolver(settings.dnsServers),
    probe: new PlainHttpProbe(settings.httpPort),
    loadBalancer: settings,
    fronts,
    sealer: new Sealer(
      settings.stack,
      (context) => generateDataKey(kms, settings.sealKey, { ...context }),
      systemClock,
    ),
    clock: systemClock,
    random: Math.random,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    timeScale,
    observer: journal,
  };
  const invokeSelf = (event: object) => invokeLater(lambda, settings.functionName, event);
  return { settings, ports, journal, invokeSelf };
}

/** One account key for all CAs: an account is known by it alone at each. */
async function authorities(
  settings: IssuerSettings,
  accountKey: string,
  ssm: AwsClient,
  store: DynamoStore,
  fronts: AnsweringFronts,
): Promise<CertificateAuthority[]> {
  const former = settings.formerAccountKeyParameter;
  const formerKey = former === undefined ? undefined : await secret(ssm, former);
  // An account's key changes when no front answers for the former one any more, and no order of that one is under way.
  const accountMayChange = formerKey === undefined || (await fronts.disagreeing()).length === 0;
  return Promise.all(
    settings.cas.map(async (ca) => {
      const eabHmacKey = ca.eab && (await secret(ssm, ca.eab.hmacKeyParameter));
      const account = accountName(ca.directory, accountKey);
      const accountUrl = await store.accountUrl(account);
      const { contact } = settings;
      const options = { accountKey, formerKey, contact, accountUrl, ...(eabHmacKey && { eabHmacKey }) };
      const authority = new AcmeCertificateAuthority(ca, options);
      if (accountUrl === undefined && accountMayChange) await createAccount(account, authority, store);
      return authority;
    }),
  );
}

/** ms that IAM may take until everybody knows of a new policy: a CA's binding is read seconds after its parameter was made. */
const POLICY_SPREADS = 30 * SECOND;
const BETWEEN_READS = 2 * SECOND;

/** @throws AwsError */
async function secret(ssm: AwsClient, name: string): Promise<string> {
  for (const until = Date.now() + POLICY_SPREADS; ; ) {
    try {
      return await parameterValue(ssm, name);
    } catch (error) {
      if (!(error instanceof AwsError && error.type.startsWith("AccessDenied")) || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_READS));
    }
  }
}

/** A CA that is down now gets its account with its first order; the order will say what is wrong. */
async function createAccount(account: string, authority: CertificateAuthority, store: DynamoStore): Promise<void> {
  try {
    await store.putAccountUrl(account, await authority.accountUrl());
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error;
  }
}

/** @throws CertfrontError while the parameter does not hold the key that the fronts were told of */
async function accountKeyOf({ accountKeyParameter, thumbprint }: IssuerSettings, ssm: AwsClient): Promise<string> {
  const key = await secret(ssm, accountKeyParameter);
  if (thumbprintOf(key) === thumbprint) return key;
  throw new CertfrontError(
    `The parameter ${accountKeyParameter} holds another account key than the fronts answer for.`,
    {
      code: "ACCOUNT_KEY_CHANGED",
      advice: "During pulumi up this passes within seconds; should it last, run pulumi up again.",
    },
  );
}
