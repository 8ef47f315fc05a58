#!/usr/bin/env bash
# The long run of all scenarios and of the comparison, then the tables of docs/cluster.md from what they measured.
# With arguments, only some, and no tables: run.sh -class HybridSession.Cluster.Scenarios.RoundRobinTests
# Ends with 0 only when every promise was kept.
set -uo pipefail
cd "$(dirname "$0")/../.."
program=artifacts/bin/HybridSession.Cluster/release/HybridSession.Cluster

dotnet build tests/Cluster -c Release -v quiet || exit
export HYBRIDSESSION_RESILIENCE=long
if [ $# -gt 0 ]; then exec "$program" -noColor -showLiveOutput "$@"; fi

rm -rf artifacts/cluster artifacts/cluster-comparison.json
"$program" -noColor -showLiveOutput -namespace HybridSession.Cluster.Scenarios -namespace HybridSession.Cluster.Comparison || exit
"$program" -noColor -explicit only -class HybridSession.Cluster.Report.ClusterPageWriter
