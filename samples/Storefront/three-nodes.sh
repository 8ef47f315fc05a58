#!/usr/bin/env bash
# The shop as three nodes behind HAProxy, over one PostgreSQL. Ctrl-C ends all of it.
#   samples/Storefront/three-nodes.sh                                    then open http://localhost:5080
#   PORT=8080 NODE_PORTS="8081 8082 8083" samples/Storefront/three-nodes.sh
#   SHOP="dotnet path/to/Storefront.dll" samples/Storefront/three-nodes.sh    a shop that is built already
set -uo pipefail
cd "$(dirname "$0")"
export PORT=${PORT:-5080}
read -r NODE1 NODE2 NODE3 rest <<<"${NODE_PORTS:-5081 5082 5083}"
export NODE1 NODE2 NODE3
[ -n "$NODE3" ] && [ -z "$rest" ] || { echo "NODE_PORTS must name three ports." >&2; exit 2; }
haproxy=$(PATH=$PATH:/usr/sbin command -v haproxy) || { echo "HAProxy is not installed (on Debian: apt-get install haproxy)." >&2; exit 1; }

if [ -z "${SHOP:-}" ]; then
  dotnet build -c Release -v quiet || exit
  SHOP="dotnet ../../artifacts/bin/Storefront/release/Storefront.dll"
fi

pids=()
finish() {
  trap - EXIT INT TERM
  [ ${#pids[@]} = 0 ] || { kill "${pids[@]}" 2>/dev/null; wait "${pids[@]}" 2>/dev/null; }
}
trap finish EXIT
trap 'exit 0' INT TERM

# node PORT: starts the shop there, and waits until it listens. One after the other: the first makes the table, and the keys that protect forms.
node() {
  $SHOP --urls "http://127.0.0.1:$1" &
  local pid=$!
  pids+=("$pid")
  until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || { echo "The node on port $1 did not start." >&2; exit 1; }
    sleep 0.1
  done
}

node "$NODE1"
node "$NODE2"
node "$NODE3"
"$haproxy" -db -f haproxy.cfg &
balancer=$!
pids+=("$balancer")
echo
echo "  Three nodes of the shop, and the way in:   http://localhost:$PORT"
echo
wait "$balancer"
