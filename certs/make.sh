#!/bin/sh
# Makes development certificates in certs/dev: for the Service latchkey in namespace latchkey, and for localhost.
# Further flags go to `latchkey certs`, as in: certs/make.sh --dns host.docker.internal
set -eu
cd "$(dirname "$0")/.."
exec node_modules/.bin/node src/main.ts certs --out certs/dev --dns localhost --ip 127.0.0.1,::1 --force "$@"
