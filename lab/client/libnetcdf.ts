import { type Client, netrc, quoted, type Recipe, type Setup, type Source } from "./client";

const LIMITS =
  "A connection that ends early is logged and ignored. A .netrc counts only where HTTP.NETRC names it, and is used unasked, over plain " +
  "HTTP too.";
// What never came is whatever lay in memory: of 256 such floats, one is no number, and is printed all the same.
const NUMBERS = /(?:\d|\bnanf?|\binff?)\s*[,\s]\s*[-+]?(?:\d|nan|inf)/i;
const LIST = /\[.*(?:\d|\b(?:nan|inf)\b)/i;
const debian = (program: string, ...packages: string[]): Source => ({ from: "debian", packages, program });

/** Programs that read through libnetcdf: one engine, so that only how they fail differs. */
export const LIBNETCDF: readonly Client[] = [
  program("ncdump", debian("ncdump", "netcdf-bin"), /\bsst =/, (url) => `ncdump -v sst ${quoted(url)}`),
  program(
    "nccopy",
    debian("nccopy", "netcdf-bin"),
    /\bsst =/,
    (url) => `nccopy ${quoted(url)} out.nc && ncdump -v sst out.nc`,
  ),
  program(
    "ncks",
    debian("ncks", "nco"),
    /\bsst\b[^\n]*=\s*[-+]?(?:\d|nan|inf)/i,
    (url) => `ncks -C -H -v sst ${quoted(url)}`,
  ),
  program(
    "python3-netcdf4",
    debian("/usr/lib/python3/dist-packages/netCDF4/__init__.py", "python3-netcdf4"),
    LIST,
    (url) => `/usr/bin/python3 -c ${quoted(pythonNetcdf(url))}`,
  ),
  program(
    "python3-xarray",
    debian("/usr/lib/python3/dist-packages/xarray/__init__.py", "python3-xarray", "python3-netcdf4"),
    LIST,
    (url) => `/usr/bin/python3 -c ${quoted(pythonXarray(url))}`,
  ),
  program("cdo", debian("cdo", "cdo"), NUMBERS, (url) => `cdo -s outputf,%g,1 -selname,sst ${quoted(url)}`),
  program(
    "gdal",
    debian("gdal_translate", "gdal-bin"),
    NUMBERS,
    // The inner quotes are needed: without them gdal does not take it for DAP.
    (url) =>
      `gdal_translate -q -of XYZ -b 2 ${quoted(`NETCDF:"${url}":sst`)} grid.xyz && sort -g -k 2,2 -k 1,1 grid.xyz | cut -d ' ' -f 3`,
  ),
  program(
    "R ncdf4",
    debian("/usr/lib/R/site-library/ncdf4/DESCRIPTION", "r-cran-ncdf4", "r-base-core"),
    /\[1\].*(?:\d|nan|inf)/i,
    (url) => `Rscript -e ${quoted(`library(ncdf4); d <- nc_open("${url}"); print(ncvar_get(d, "sst")[,3,2])`)}`,
  ),
  program(
    "octave",
    debian("octave", "octave-netcdf", "octave"),
    NUMBERS,
    (url) =>
      `octave --no-gui --quiet --eval ${quoted(`pkg load netcdf; x = ncread("${url}", "sst"); disp(x(:,3,2)')`)}`,
  ),
  wheel("netCDF4 (PyPI)", ["netCDF4", "xarray"], pythonNetcdf),
  wheel("xarray (PyPI)", ["xarray", "netCDF4"], pythonXarray),
];

function pythonNetcdf(url: string): string {
  return `import netCDF4; d = netCDF4.Dataset("${url}"); print(d["sst"][1,2,:].tolist())`;
}

function pythonXarray(url: string): string {
  return `import xarray; d = xarray.open_dataset("${url}", engine="netcdf4"); print(d["sst"].values[1,2].tolist())`;
}

function program(name: string, source: Source, shows: RegExp, command: (url: string) => string): Client {
  const recipe = (setup: Setup): Recipe => ({
    command: command(setup.url),
    files: { ".ncrc": ncrc(setup, "CAINFO", setup.ca), ...netrc(setup) },
    environment: {},
  });
  return { name, engine: "libnetcdf", source, shows, limits: LIMITS, recipe };
}

/** The wheels set CAINFO to their own bundle when they are imported, over what .ncrc says; CAPATH they leave alone. */
function wheel(name: string, requirements: readonly string[], script: (url: string) => string): Client {
  const recipe = (setup: Setup): Recipe => ({
    command: [
      ...(setup.ca ? [`mkdir -p cas && cp ${quoted(setup.ca)} cas/ca.pem && openssl rehash cas`] : []),
      `python3 -W ignore -c ${quoted(script(setup.url))}`,
    ].join(" && "),
    files: { ".ncrc": ncrc(setup, "CAPATH", setup.ca && `${setup.home}/cas`), ...netrc(setup) },
    environment: {},
  });
  const source: Source = { from: "python", folder: "wheels", requirements };
  return { name, engine: "libnetcdf (PyPI)", source, shows: LIST, limits: LIMITS, recipe };
}

/**
 * HTTP.NETRC: a .netrc alone is not read, and what HTTP.CREDENTIALS holds is not sent after a change of scheme. The pair
 * HTTP.CREDENTIALS.USERNAME and PASSWORD aborts the program (netcdf 4.9.0).
 */
function ncrc({ home, account, certificate }: Setup, trust: "CAINFO" | "CAPATH", ca: string | undefined): string {
  const lines = [
    ca && `HTTP.SSL.${trust}=${ca}`,
    account && `HTTP.NETRC=${home}/.netrc`,
    certificate && `HTTP.SSL.CERTIFICATE=${certificate.file}`,
    certificate && `HTTP.SSL.KEY=${certificate.key}`,
  ];
  return lines.flatMap((line) => (line ? [`${line}\n`] : [])).join("");
}
