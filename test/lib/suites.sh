# The bodies of the suites. test/run starts `bash test/lib/suites.sh NAME` with ROOT (the checkout), WORK (a directory
# of the servers' owner), TREE (a copy of the checkout there), RESULT (file for "passed failed"), LOG (our output).
set -euo pipefail
cd "$ROOT"
. test/lib/cluster.sh
trap 'exit 143' TERM INT

# Reports how many tests passed and failed.
count() { echo "$1 $2" >"$RESULT"; }

# Prints what sed finds in our output so far, or the default.
in_log() {
    local found
    found=$(sed -nE "$1" "$LOG" | tail -n 1)
    echo "${found:-$2}"
}

# Starts the suite's own server, with pg_cron in the named database; stopped when the suite ends.
start_server() {
    local dir="$WORK/$SUITE"
    trap 'cluster_stop "$WORK/$SUITE"' EXIT
    cluster_start "$dir" "$(free_port)" "cron.database_name = '$1'"
}

# Runs a command in the copy of the checkout, as the servers' owner.
in_tree() { (cd "$TREE" && as_cluster_user "$@"); }

pgxs_test_dir() { echo "$(dirname "$("$PG_CONFIG" --pgxs)")/../../src/test"; }

# --- suites without a server ---

# One test per command.
each_command() {
    local command passed=0 failed=0
    for command in "$@"; do
        echo "+ $command"
        if $command; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
    count "$passed" "$failed"
    [ "$failed" -eq 0 ]
}

suite_includes() { each_command "tools/check-includes --self-test" tools/check-includes tools/check-schedule; }
suite_format() { each_command "make -s format-check PG_CONFIG=$PG_CONFIG"; }
suite_lint() { each_command "make -s tidy PG_CONFIG=$PG_CONFIG"; }

# Builds with CMake in a directory and runs ctest there.
run_unit() {
    local dir=$1 rc=0 failed total
    shift
    # a checkout that has moved since leaves a cache that CMake refuses
    if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$dir/CMakeCache.txt"; then rm -rf "$dir"; fi
    cmake -S . -B "$dir" "$@" && cmake --build "$dir" -j 2 || return 1
    ctest --test-dir "$dir" --output-on-failure --no-tests=error -j 2 || rc=$?
    failed=$(in_log 's/.*tests passed, ([0-9]+) tests failed out of [0-9]+.*/\1/p' 1)
    total=$(in_log 's/.*tests failed out of ([0-9]+).*/\1/p' 1)
    count $((total - failed)) "$failed"
    return "$rc"
}

# With --long the figures of R are made again, too.
suite_unit() { run_unit build/unit -DSANITIZE=OFF && if [ -n "${ROI_TEST_LONG:-}" ]; then test/analytics/check; fi; }
suite_unit-asan() { run_unit build/asan -DSANITIZE=ON; }

# Fuzzes every target of test/fuzz from its seed corpus for ROI_FUZZ_SECONDS (default 20, with --long 600); a finding stays
# in build/fuzz-findings.
suite_fuzz() {
    local target name passed=0 failed=0 seconds=${ROI_FUZZ_SECONDS:-20} clang
    if [ -n "${ROI_TEST_LONG:-}" ]; then seconds=${ROI_FUZZ_SECONDS:-600}; fi
    clang=$(command -v clang++-14 || command -v clang++)
    if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" build/fuzz/CMakeCache.txt; then rm -rf build/fuzz; fi
    cmake -S . -B build/fuzz -DFUZZ=ON -DCMAKE_CXX_COMPILER="$clang" && cmake --build build/fuzz -j 2 || return 1
    for target in test/fuzz/*_fuzz.cpp; do
        name=$(basename "$target" _fuzz.cpp)
        mkdir -p "build/fuzz-findings/$name"
        echo "+ ${name}_fuzz for $seconds seconds"
        if "build/fuzz/${name}_fuzz" -max_total_time="$seconds" -max_len=4096 -timeout=25 \
            -artifact_prefix="build/fuzz-findings/$name-" "build/fuzz-findings/$name" "test/fuzz/corpus/$name"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
    count "$passed" "$failed"
    [ "$failed" -eq 0 ]
}

# --- suites with a server ---

# The statistics of the simulator: 2,000 posts a platform and 3 seeds through the core, then an account through SQL.
suite_realism() {
    local dir=build/unit core_rc=0 sql_rc=0 good bad
    if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$dir/CMakeCache.txt"; then rm -rf "$dir"; fi
    cmake -S . -B "$dir" -DSANITIZE=OFF && cmake --build "$dir" -j 2 --target roi_realism || return 1
    "$dir/roi_realism" || core_rc=$?
    good=$(in_log 's/^realism: ([0-9]+) passed, [0-9]+ failed/\1/p' 0)
    bad=$(in_log 's/^realism: [0-9]+ passed, ([0-9]+) failed/\1/p' 1)
    start_server postgres
    PGOPTIONS='-c client_min_messages=warning' cluster_psql -d postgres -f test/realism/account.sql || sql_rc=$?
    good=$((good + $(in_log 's/^through SQL: ([0-9]+) passed, [0-9]+ failed/\1/p' 0)))
    bad=$((bad + $(in_log 's/^through SQL: [0-9]+ passed, ([0-9]+) failed/\1/p' 1)))
    count "$good" "$bad"
    [ "$core_rc" -eq 0 ] && [ "$sql_rc" -eq 0 ] && [ "$bad" -eq 0 ]
}

# Reads the summary of pg_regress: before 16 ` 1 of 3 tests failed.`, then `# 1 of 3 tests failed.`
count_regress() {
    local failed total
    failed=$(in_log 's/^[ #]*([0-9]+) of [0-9]+ tests failed.*/\1/p' 0)
    total=$(in_log 's/^[ #]*([0-9]+ of )?(All )?([0-9]+) tests (failed|passed).*/\3/p' 0)
    if [ "$total" -gt 0 ]; then count $((total - failed)) "$failed"; fi
}

suite_regress() {
    local rc=0
    start_server contrib_regression
    in_tree make -s installcheck PG_CONFIG="$PG_CONFIG" || rc=$?
    if [ -s "$TREE/regression.diffs" ]; then cat "$TREE/regression.diffs"; fi
    count_regress
    return "$rc"
}

suite_isolation() {
    local rc=0 specs
    specs=$(cd test/isolation/specs && printf '%s\n' *.spec | sed 's/\.spec$//' | LC_ALL=C sort)
    start_server isolation_regression
    cluster_psql -d postgres -c 'CREATE DATABASE isolation_regression'
    PGOPTIONS='-c client_min_messages=warning' cluster_psql -d isolation_regression -o /dev/null \
        -c 'CREATE EXTENSION roi_ext' -f test/isolation/helpers.sql
    # shellcheck disable=SC2086  # one argument per spec
    in_tree "$(pgxs_test_dir)/isolation/pg_isolation_regress" --inputdir=test/isolation --outputdir=output_iso \
        --bindir="$(cluster_bindir)" --use-existing --dbname=isolation_regression \
        $specs || rc=$?
    if [ -s "$TREE/output_iso/regression.diffs" ]; then cat "$TREE/output_iso/regression.diffs"; fi
    count_regress
    return "$rc"
}

# Reads the summary of prove; a file that breaks without a failed test counts as one failure.
count_prove() {
    local total failed
    total=$(in_log 's/^Files=[0-9]+, Tests=([0-9]+),.*/\1/p' 0)
    failed=$(sed -nE 's/^.*\(Wstat: [0-9]+.* Tests: [0-9]+ Failed: ([0-9]+)\).*/\1/p' "$LOG" |
        awk '{ sum += $1 > 0 ? $1 : 1 } END { print sum + 0 }')
    if [ "$failed" -gt "$total" ]; then total=$failed; fi
    count $((total - failed)) "$failed"
}

# Makes a database with roi_ext in the named schema and pgTAP in public, and runs pg_prove over files in it.
run_pgtap() {
    local schema=$1 rc=0
    shift
    start_server "roi_$SUITE"
    cluster_psql -d postgres -c "CREATE DATABASE \"roi_$SUITE\""
    PGOPTIONS='-c client_min_messages=warning' \
        cluster_psql -d "roi_$SUITE" -c "CREATE SCHEMA IF NOT EXISTS $schema" -c 'CREATE EXTENSION pgtap SCHEMA public' \
        -c "CREATE EXTENSION roi_ext SCHEMA $schema"
    PGOPTIONS="-c search_path=$schema,public" in_tree pg_prove --timer --psql-bin "$(cluster_bindir)/psql" \
        --dbname "roi_$SUITE" --set "roi_schema=$schema" --set "wall_module=$TREE/build/wall_test" "$@" || rc=$?
    count_prove
    return "$rc"
}

suite_pgtap() { run_pgtap public test/pgtap/*.sql; }

# Some pgTAP files in a server under valgrind, thirty times slower: no error in a call that comes from our library.
# ROI_VALGRIND_FILES names others.
suite_pgtap-valgrind() {
    local rc=0 file files=()
    for file in ${ROI_VALGRIND_FILES:-reads rollup_triggers rollup_merge import_restate settings}; do files+=("test/pgtap/$file.sql"); done
    SERVER_PROGRAM=$WORK/valgrind-postgres
    printf '#!/bin/sh\nexec valgrind -q --trace-children=yes --log-file=%s/valgrind.%%p %s/postgres "$@"\n' "$WORK" "$(cluster_bindir)" >"$SERVER_PROGRAM"
    chmod 755 "$SERVER_PROGRAM"
    run_pgtap public "${files[@]}" || rc=$?
    # a report is a paragraph; PostgreSQL's own ones, which its build with valgrind would silence, do not name us
    if cat "$WORK"/valgrind.* | sed 's/^==[0-9]*== \?//' | awk -v RS= '/roi_ext\.so/' | grep .; then rc=1; fi
    return "$rc"
}

# All pgTAP files in a copy of the server whose library is built with the address and undefined behaviour sanitizers: they end the
# backend, and with it the test, at the first error, wherever the memory comes from malloc.
suite_pgtap-asan() {
    local rc=0 runtime copy="$WORK/asan"
    runtime="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so) $copy/no_gettext.so"
    cluster_copy "$copy/server"
    gcc -shared -fPIC -o "$copy/no_gettext.so" test/lib/no_gettext.c
    mkdir "$copy/tree" && tar -c --exclude=./.git --exclude=./build --exclude='*.o' --exclude='*.bc' --exclude='*.d' --exclude='*.so' . | tar -x -C "$copy/tree"
    make -s -j 2 -C "$copy/tree" PG_CONFIG="$PG_CONFIG" SANITIZE=1 with_llvm=no all || return 1
    cp "$copy"/tree/*.so "$copy/server$("$PG_CONFIG" --pkglibdir)/"
    printf '#!/bin/sh\nLD_PRELOAD="%s" ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:log_path=%s/report UBSAN_OPTIONS=print_stacktrace=1 exec %s/postgres "$@"\n' \
        "$runtime" "$copy" "$copy/server$("$PG_CONFIG" --bindir)" >"$copy/postgres"
    cluster_share "$copy"
    chmod 755 "$copy/postgres"
    SERVER_PROGRAM=$copy/postgres
    run_pgtap public test/pgtap/*.sql || rc=$?
    # what they have said, before the server was started again
    if cat "$copy"/report.* 2>/dev/null || grep -A 12 -E 'runtime error:|AddressSanitizer' "$WORK/$SUITE/server.log"; then rc=1; fi
    return "$rc"
}

suite_pgtap-schema() { run_pgtap roi test/pgtap/*.sql; }

# Runs Perl TAP tests, which make their own servers, with the environment that PGXS gives them.
run_tap() {
    local rc=0 scratch="$WORK/$SUITE"
    mkdir -p "$scratch" && cluster_share "$scratch"
    TESTDIR="$scratch" TESTDATADIR="$scratch/tmp_check" TESTLOGDIR="$scratch/tmp_check/log" \
        PATH="$(cluster_bindir):$PATH" PGPORT=65432 PG_REGRESS="$(pgxs_test_dir)/regress/pg_regress" \
        ROI_WALL_MODULE="$TREE/build/wall_test" \
        in_tree prove --timer -j 3 -I test/lib -I "$(pgxs_test_dir)/perl" "$@" || rc=$?
    if [ "$rc" -ne 0 ]; then show_tap_logs "$scratch/tmp_check/log"; fi
    keep_pictures "$scratch/tmp_check"
    count_prove
    return "$rc"
}

# Screenshots and PDF of reports stay beside the logs, to look at.
keep_pictures() {
    local kind
    for kind in browser reports; do
        if [ ! -d "$1/$kind" ]; then continue; fi
        rm -rf "build/test-logs/$kind" && mkdir -p "build/test-logs/$kind"
        find "$1/$kind" -maxdepth 1 -type f \( -name '*.png' -o -name '*.pdf' -o -name '*.html' \) -exec cp -t "build/test-logs/$kind" {} +
    done
}

# What the failed scripts logged around each failure; one that ended early, the end of its log.
show_tap_logs() {
    local file
    for file in "$1"/regress_log_*; do
        if ! [ -f "$file" ]; then continue; fi
        if grep -qE '^\[\S+ not ok ' "$file"; then
            echo "== $(basename "$file")" && grep -hE -A 12 '^\[\S+ not ok ' "$file" | cut -c 1-300 | head -n 60
        elif ! grep -qE '^\[\S+ 1\.\.' "$file"; then
            echo "== $(basename "$file") ends early" && tail -n 15 "$file" | cut -c 1-300
        fi
    done
}

suite_tap() { run_tap test/t/*.pl; }

# The error wall: Perl tests if there are any, else wall_test.sql: pgTAP when it plans tests, else a plain script.
suite_wall() {
    if compgen -G 'test/wall/*.pl' >/dev/null; then
        run_tap test/wall/*.pl
    elif grep -qiE '\b(no_)?plan *\(' test/wall/wall_test.sql; then
        run_pgtap public test/wall/*.sql
    else
        start_server postgres
        (cd "$TREE" && cluster_psql -d postgres -v "wall_module=$TREE/build/wall_test" -f test/wall/wall_test.sql)
        count 1 0
    fi
}

# The suites again on a newer PostgreSQL, without what only --long adds.
run_version() {
    local rc=0
    env -u PG_CONFIG -u ROI_TEST_LONG test/run --pg "$1" || rc=$?
    count "$(in_log 's/^([0-9]+) passed, [0-9]+ failed$/\1/p' 0)" "$(in_log 's/^[0-9]+ passed, ([0-9]+) failed$/\1/p' 1)"
    return "$rc"
}

suite_pg17() { run_version 17; }
suite_pg18() { run_version 18; }

SUITE=$1
"suite_$SUITE"
