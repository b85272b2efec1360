import * as path from "node:path";
import { type Client, netrc, quoted, type Recipe, type Setup, withAccount } from "./client";

const PROGRAMS = path.join(__dirname, "programs");

/** No setting for a CA or a client certificate exists: only the machine's own list of CAs counts. */
function libdap(name: string, command: (url: string) => string, single?: true): Client {
  const recipe = (setup: Setup): Recipe => ({
    command: command(setup.url),
    files: { ".dodsrc": "COOKIE_JAR=.dods_cookies\n", ...netrc(setup) },
    environment: {},
    ...(setup.ca ? { systemCa: true } : {}),
  });
  return {
    name,
    engine: "libdap",
    source: { from: "debian", packages: ["libdap-bin"], program: "getdap" },
    shows: /sst\.sst\[|\d, -?\d/,
    limits:
      "It has no setting for a client certificate, writes its cookie jar and never reads it, and takes user and password from .netrc " +
      "alone where the URL is https. It ends with exit code 0 whatever happened.",
    ...(single && { single }),
    recipe,
  };
}

const getdap = libdap("getdap", (url) => `getdap -d ${quoted(url)} && getdap -D ${quoted(url)}`);
const getdapData = libdap("getdap -D", (url) => `getdap -D ${quoted(url)}`, true);

/** Bytes alone: getdap reads what they fetched. */
const curl: Client = {
  name: "curl",
  engine: "curl",
  source: { from: "debian", packages: ["curl", "libdap-bin"], program: "curl" },
  shows: /\d, -?\d/,
  recipe(setup) {
    const options = [
      "-sS -f -L -b jar -c jar",
      setup.ca && `--cacert ${quoted(setup.ca)}`,
      setup.account && "-n",
      setup.certificate && `--cert ${quoted(setup.certificate.file)} --key ${quoted(setup.certificate.key)}`,
    ];
    const get = `curl ${options.filter(Boolean).join(" ")}`;
    return {
      command: `${get} -o m.dds ${quoted(`${setup.url}.dds`)} && ${get} -o d.dods ${quoted(`${setup.url}.dods`)} && getdap -M d.dods`,
      files: netrc(setup),
      environment: {},
    };
  },
};

const wget: Client = {
  name: "wget",
  engine: "wget",
  source: { from: "debian", packages: ["wget", "libdap-bin"], program: "wget" },
  shows: /\d, -?\d/,
  recipe(setup) {
    const options = [
      // Once: it would take a cut body up to twenty times.
      "-nv -t 1 --load-cookies jar --save-cookies jar --keep-session-cookies",
      setup.ca && `--ca-certificate=${quoted(setup.ca)}`,
      setup.account && `--user=${setup.account.user} --password=${setup.account.password}`,
      setup.certificate &&
        `--certificate=${quoted(setup.certificate.file)} --private-key=${quoted(setup.certificate.key)}`,
    ];
    const get = `wget ${options.filter(Boolean).join(" ")}`;
    return {
      command: `${get} -O m.dds ${quoted(`${setup.url}.dds`)} && ${get} -O d.dods ${quoted(`${setup.url}.dods`)} && getdap -M d.dods`,
      files: { jar: "" },
      environment: {},
    };
  },
};

const jsdap: Client = {
  name: "jsdap",
  engine: "jsdap",
  source: { from: "npm", package: "jsdap" },
  shows: /\[.*\d/,
  limits: "It keeps no cookies and has no setting for a client certificate; it takes user and password from the URL.",
  recipe: (setup) => ({
    command: `node ${quoted(path.join(PROGRAMS, "read-jsdap.js"))} ${quoted(withAccount(setup))}`,
    files: {},
    environment: setup.ca ? { NODE_EXTRA_CA_CERTS: setup.ca } : {},
  }),
};

/** @param certificate how it is told of a client certificate: from 3.5.7 on a session's own is forgotten */
function pydap(
  name: string,
  folder: string,
  requirements: readonly string[],
  certificate: "session" | "get_kwargs",
  limits?: string,
): Client {
  return {
    ...(limits !== undefined && { limits }),
    name,
    engine: "pydap",
    source: { from: "python", folder, requirements },
    shows: /\[.*\d/,
    recipe: (setup) => ({
      command: [
        `python3 -W ignore ${quoted(path.join(PROGRAMS, "read_pydap.py"))} ${quoted(setup.url)}`,
        ...(setup.certificate ? [certificate, quoted(setup.certificate.file), quoted(setup.certificate.key)] : []),
      ].join(" "),
      files: netrc(setup),
      environment: setup.ca ? { REQUESTS_CA_BUNDLE: setup.ca, SSL_CERT_FILE: setup.ca } : {},
    }),
  };
}

/** The program ends at once where the password is refused: a provider that always answers is asked for ever. */
function java(name: string, folder: string, artifact: string, main: string, limits: string): Client {
  return {
    name,
    limits,
    engine: name,
    source: { from: "maven", folder, artifact },
    shows: /VALUES.*\d/,
    recipe(setup) {
      const { ca, certificate, account, home } = setup;
      const properties = [
        ca && `-Djavax.net.ssl.trustStore=${home}/trust.p12 -Djavax.net.ssl.trustStorePassword=changeit`,
        certificate && `-Dkeystore=${home}/client.p12 -Dkeystorepassword=changeit`,
        account && `-Dlab.user=${account.user} -Dlab.password=${account.password} -Dlab.host=${account.host}`,
      ];
      const steps = [
        ca && `keytool -importcert -noprompt -file ${quoted(ca)} -keystore trust.p12 -storepass changeit 2>/dev/null`,
        certificate &&
          `openssl pkcs12 -export -in ${quoted(certificate.file)} -inkey ${quoted(certificate.key)} -out client.p12 -passout pass:changeit`,
        `java ${properties.filter(Boolean).join(" ")} -cp "$LAB_CLASSES" ${main} ${quoted(setup.url)}`,
      ];
      return { command: steps.filter(Boolean).join(" && "), files: {}, environment: {} };
    },
  };
}

export const OTHERS: readonly Client[] = [
  getdap,
  getdapData,
  pydap(
    "pydap",
    "pydap",
    ["pydap"],
    "get_kwargs",
    "From 3.5.7 on every request is a session of its own: cookies, session.auth, session.cert and session.verify are forgotten. A " +
      "password goes by .netrc, a certificate by get_kwargs.",
  ),
  pydap("pydap 3.5.5", "pydap-3.5.5", ["pydap==3.5.5", "jinja2"], "session"),
  java(
    "OPeNDAP Java 2.2.2",
    "java-opendap",
    "edu.ucar:opendap:2.2.2",
    "ReadOpendap",
    "DConnect reads no data: DConnect2 is used. It never compares the host's name with the certificate (HttpClient 3.1), and answers challenges only: that is why no password crosses plain HTTP.",
  ),
  java(
    "netCDF-Java 4.2.20",
    "java-netcdf",
    "edu.ucar:netcdf:4.2.20",
    "ReadNetcdf",
    'It opens no https URL ("must start with dods: or http:"); it follows a redirect to one.',
  ),
  jsdap,
  curl,
  wget,
];
