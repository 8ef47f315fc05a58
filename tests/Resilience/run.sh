#!/usr/bin/env bash
# The long run of all scenarios, then the table of docs/resilience.md from what they measured.
# With arguments, only some: run.sh -class HybridSession.Resilience.Scenarios.ServerOutageTests (the other rows of the table stay as they are).
# Ends with 0 only when every scenario kept its promises.
set -uo pipefail
cd "$(dirname "$0")/../.."
program=artifacts/bin/HybridSession.Resilience/release/HybridSession.Resilience

dotnet build tests/Resilience -c Release -v quiet || exit
rm -rf artifacts/resilience
HYBRIDSESSION_RESILIENCE=long "$program" -noColor -showLiveOutput -namespace HybridSession.Resilience.Scenarios "$@"
result=$?
"$program" -noColor -explicit only -class HybridSession.Resilience.Report.TableWriter || exit
exit $result
