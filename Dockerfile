# README.md's commands on machines without Debian (macOS, Windows):
#   docker build --target stack -t certfront . && docker run --rm -it --network host certfront
FROM node:22-trixie AS stack
RUN apt-get update && apt-get install -y --no-install-recommends haproxy pebble && rm -rf /var/lib/apt/lists/*
WORKDIR /certfront
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
ENTRYPOINT ["npm", "start", "--"]

# What `npm test` runs too; it mounts and boots a Debian 13 root, so it wants --privileged.
FROM stack AS suite
RUN apt-get update && apt-get install -y --no-install-recommends \
    apache2-bin caddy chromium debootstrap iproute2 netcdf-bin nftables openssl \
    && rm -rf /var/lib/apt/lists/*
ENTRYPOINT []
CMD ["npm", "test"]
