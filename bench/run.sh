#!/bin/sh
# Measures everything in bench/Micro and writes bench/results/<date>-micro.md.
#   bench/run.sh                         the committed table: 10 to 15 minutes on a quiet machine
#   bench/run.sh --job short             a look: about 6 minutes
#   bench/run.sh --job dry               does everything run? Its figures mean nothing
#   bench/run.sh --only Flush,ColdLoad   some classes
#   bench/run.sh --anyway                also on a busy machine (full runs refuse; the report says how busy it was)
#   bench/run.sh --out FILE              another file
set -eu

cd "$(dirname "$0")/.."
command_line="bench/run.sh $*"
job=full
only=Payload,Request,HotSet,DirtySet,StoredForm,Flush,ColdLoad
anyway=no
out=
while [ $# -gt 0 ]; do
  case "$1" in
    --job) job=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --anyway) anyway=yes; shift ;;
    *) echo "Unknown option: $1. The head of $0 lists them." >&2; exit 2 ;;
  esac
done
case "$job" in full | short | dry) ;; *) echo "--job is \"$job\"; it can be full, short or dry." >&2; exit 2 ;; esac
# Only full runs are results.
if [ -z "$out" ]; then
  if [ "$job" = full ]; then out=bench/results/$(date -u +%Y-%m-%d)-micro.md; else out=artifacts/bench/micro-$job.md; fi
fi

# What other processes use of all processors, in percent, over two seconds.
busy() {
  a=$(head -n 1 /proc/stat); sleep 2; b=$(head -n 1 /proc/stat)
  printf '%s\n%s\n' "$a" "$b" | awk '{ t = 0; for (i = 2; i <= 9; i++) t += $i; idle = $5 + $6; if (NR == 1) { t0 = t; i0 = idle } else printf "%d", 100 - 100 * (idle - i0) / (t - t0) }'
}

dotnet build bench/Micro -c Release --nologo -v quiet
# Compilers that stay in memory would be measured too.
dotnet build-server shutdown >/dev/null 2>&1 || true
micro="dotnet artifacts/bin/HybridSession.Bench.Micro/release/HybridSession.Bench.Micro.dll"

others=$(busy)
if [ "$job" = full ] && [ "$anyway" = no ] && [ "$others" -gt 10 ]; then
  echo "Other processes use $others % of this machine; the figures would be theirs. Try again later, or say --anyway." >&2
  exit 1
fi

work=artifacts/bench/parts
rm -rf "$work" artifacts/bench/results
mkdir -p "$work" "$(dirname "$out")"
commit=$(git rev-parse --short HEAD)
[ -z "$(git status --porcelain -- src bench Directory.Packages.props)" ] || commit="$commit with uncommitted changes"
facts=$($micro facts | tail -n 1)
began=$(date -u +%H:%M)

failed=
for name in $(echo "$only" | tr , ' '); do
  others=$(busy)
  $micro --job "$job" --filter "*.${name}Benchmark.*" || failed="$failed $name"
  report=artifacts/bench/results/HybridSession.Bench.Micro.Benchmarks.${name}Benchmark-report-github.md
  [ -f "$report" ] || { failed="$failed $name"; continue; }
  [ -f "$work/environment" ] || sed -n '/^```/,/^```/p' "$report" >"$work/environment"
  {
    printf '\n## %s\n\n' "$name"
    # The question that the class answers is its summary, and how to read it its remarks.
    sed -n '/^\/\/\/ <summary>/,/^\[/p' "bench/Micro/Benchmarks/${name}Benchmark.cs" | grep '^///' \
      | sed -E 's#^/// ?##; s#</?(summary|remarks)>##g; s#</?c>#`#g' | sed '/^ *$/d'
    printf '\nOther processes used %s %% of the processors just before.\n\n' "$others"
    # The table alone, without the quotes around names.
    grep '^|' "$report" | sed -E "s/^\| &#39;([^|]*)&#39;( *)\|/| \1\2  |/; s/&#39;/'/g; s/^\|( *\|)+$//" | sed '/^ *$/d'
  } >"$work/$name.md"
done

{
  echo "# Micro benchmarks, $(date -u +%Y-%m-%d)"
  echo
  [ "$job" = full ] || printf 'A run of length **%s**: a look, not a result.\n\n' "$job"
  echo "Compare ratios; times and rates are this machine's. What each column is, and which ratio has which budget: \`bench/README.md\`."
  echo
  echo "* Command: \`$(echo "$command_line" | sed 's/ *$//')\`, $began to $(date -u +%H:%M) UTC; commit $commit."
  echo "* Machine: $(nproc) cores, shared by the benchmark and PostgreSQL; $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo) of memory; virtual: $(grep -q '^flags.* hypervisor' /proc/cpuinfo && echo yes || echo no)."
  echo "* $facts."
  echo "* PostgreSQL runs on the same machine, over TCP on the loopback. Every row of Flush waits for the disk at each commit; nothing else here writes to a disk."
  echo
  cat "$work/environment"
  for name in $(echo "$only" | tr , ' '); do [ ! -f "$work/$name.md" ] || cat "$work/$name.md"; done
} >"$out"
echo "Written: $out"
[ -z "$failed" ] || { echo "Failed:$failed" >&2; exit 1; }
