# What the benchmark measures, section by section, and the table; sourced by test/bench/run.

client_conn="host=127.0.0.1 dbname=bench user=bench_client"

# statement NAME PARAMS SQL: writes $DIR/q/NAME.sql.
statement() { printf -- '-- params: %s\n%s\n' "$2" "$3" >"$DIR/q/$1.sql"; }

# add_result WHAT A B GOAL NUMBERS: one line of the table; see client.c for the numbers.
add_result() {
    printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$DIR/results.tsv"
    say "$1: $2 / $3: $(cut -f 7 <<<"$5")"
}

skip() { say "skipped: $1 is not there"; }

# compare WHAT A B GOAL CLIENT-OPTIONS...
compare() {
    local what=$1 a=$2 b=$3 goal=$4 numbers
    shift 4
    numbers=$(build/bench-client --pg "$client_conn port=$PGPORT" --redis "$redis_port" --redis-pid "$redis_pid" --users "$DIR/users-year" \
        --set "now=$moment" --set "since=$(setting since)" --set "year=${moment%%-*}" --set interval=day --seconds "$seconds" "$@")
    add_result "$what" "$a" "$b" "$goal" "$numbers"
}

# Pages are asked for in the middle of an hour, as visitors do.
choose_moment() { moment=$(in_db bench -c "SELECT '$(setting now)'::timestamptz + interval '37 minutes 12.345678 seconds'"); }

make_statements() {
    local period
    statement one '' 'SELECT 1'
    for period in 30d 1y; do
        statement "dashboard-$period" now "SELECT roi_dashboard(period => '$period', until => \$1)"
        statement "channel_performance-$period" now "SELECT * FROM roi_channel_performance(period => '$period', until => \$1)"
    done
    for function in campaign_performance content_performance top_posts; do
        statement "$function-1y" now "SELECT * FROM roi_$function(period => '1y', until => \$1)"
    done
}

# Sessions that remember no dashboard: each is read and written anew.
anew() { PGOPTIONS='-c roi_ext.answer_memory=0' "$@"; }

# get FUNCTION PERIOD JSON-PERIOD GOAL: a function against GET of the dashboard's JSON.
against_get() {
    if ! has_function "roi_$1"; then skip "roi_$1" && return; fi
    compare "roi_$1, $2" "roi_$1" "GET, dashboard of $3" "$4" --a "pg:$DIR/q/$1-$2.sql" --b redis --value "$DIR/q/dashboard-$3.sql"
}

# The first time, or after something has changed.
anew_against_get() {
    anew compare "roi_dashboard, $1, made anew" roi_dashboard "GET, dashboard of $1" '' --a "pg:$DIR/q/dashboard-$1.sql" --b redis \
        --value "$DIR/q/dashboard-$1.sql"
}

# plan_queries PERIOD DAYS: the plan's SQL over raw rows, all of it as one request.
plan_queries() {
    local since
    since=$(in_db bench -c "SELECT '$moment'::timestamptz - interval '$2 days'")
    sed '/^PREPARE/d; s/;$//' test/lib/plan_queries.sql >"$DIR/q/plan.sql"
    anew compare "the plan's 8 queries, $1" "raw rows" "roi_dashboard, $1" '' --a "pg:$DIR/q/plan.sql" --b "pg:$DIR/q/dashboard-$1.sql" \
        --set "until=$moment" --set "since=$since" --warm 6 --block 2
}

measure_reads() {
    local period
    choose_moment
    make_statements
    if ! has_function roi_dashboard; then skip roi_dashboard && return; fi
    compare 'SELECT 1' 'SELECT 1' 'GET, dashboard of 1y' '' --a "pg:$DIR/q/one.sql" --b redis --value "$DIR/q/dashboard-1y.sql"
    against_get dashboard 30d 30d 5
    against_get dashboard 1y 1y 10
    for period in 30d 1y; do anew_against_get "$period"; done
    against_get channel_performance 30d 1y ''
    against_get channel_performance 1y 1y ''
    against_get campaign_performance 1y 1y 50
    against_get content_performance 1y 1y 50
    against_get top_posts 1y 1y 50
    for period in 30d 1y; do
        compare "roi_dashboard, $period, 1 ms of rest before each request" roi_dashboard "GET, dashboard of $period" '' --pause 1000 \
            --a "pg:$DIR/q/dashboard-$period.sql" --b redis --value "$DIR/q/dashboard-$period.sql"
    done
    statement daysums 'user since now' "$(sed '/^--/d; s/until/now/' test/bench/daysums.sql)"
    compare "sums of $((3 * year_days)) day rows, plain SQL" 'plain SQL' 'GET, dashboard of 1y' '' --a "pg:$DIR/q/daysums.sql" \
        --b redis --value "$DIR/q/dashboard-1y.sql"
    anew compare "the same" 'roi_dashboard, 1y, made anew' 'plain SQL sums of day rows' '' --a "pg:$DIR/q/dashboard-1y.sql" --b "pg:$DIR/q/daysums.sql"
    plan_queries 30d 30
    plan_queries 1y 365
}

# --- the same by clients of other languages ---

python_clients() { "${PYTHON:-/usr/bin/python3}" test/bench/client.py "$@"; }
node_clients() { NODE_CLIENTS=$PWD/build/node-clients node test/bench/client.mjs "$@"; }

# Node's modules come from its own registry; nothing else of the repository needs them.
fetch_node_clients() {
    if [ -z "$deps" ] || ! command -v npm >/dev/null; then return; fi
    npm install --silent --no-fund --no-audit --prefix build/node-clients pg redis >&2 || true
}

measure_clients() {
    local language name
    choose_moment
    make_statements
    fetch_node_clients
    for language in node python; do
        if ! name=$("${language}_clients" --version 2>/dev/null); then skip "a client in $language" && continue; fi
        clients+="$name; "
        for what in 'dashboard 30d 30d 5' 'dashboard 1y 1y 10' 'channel_performance 30d 1y ' 'campaign_performance 1y 1y 50' \
            'content_performance 1y 1y 50' 'top_posts 1y 1y 50'; do
            client_against_get "$language" $what
        done
    done
}

# client_against_get LANGUAGE FUNCTION PERIOD JSON-PERIOD GOAL
client_against_get() {
    add_result "roi_$2, $3, by $1" "roi_$2" "GET, dashboard of $4" "${5:-}" "$("${1}_clients" --pg "$client_conn port=$PGPORT" --redis "$redis_port" \
        --users "$DIR/users-year" --statement "$DIR/q/$2-$3.sql" --value "$DIR/q/dashboard-$4.sql" --set "now=$moment" --seconds "$seconds")"
}

# A range within the shorter history: both sides hold the same number of facts in it.
measure_growth() {
    local period function periods=30d
    if [ "$year_days" -ge 365 ]; then periods='30d 1y'; fi
    choose_moment
    make_statements
    if ! has_function roi_dashboard; then skip roi_dashboard && return; fi
    head -n "$long_users" "$DIR/users-year" >"$DIR/users-year-few"
    for function in dashboard channel_performance; do
        for period in $periods; do
            anew compare "roi_$function, $period, by history" "$long_times times the history" "history of $year_days days" 1.2 \
                --a "pg:$DIR/q/$function-$period.sql" --b "pg:$DIR/q/$function-$period.sql" --a-users "$DIR/users-decade" --b-users "$DIR/users-year-few"
        done
    done
}

# --- COPY ---

# Fresh databases come from a template: tables, users, no facts.
make_copy_data() {
    local hours order columns name
    hours=$((copy_rows / copy_users / posts + 1))
    drop_database copy_empty
    make_database copy_empty
    in_db copy_empty -c "SELECT bench.make_account('copy', $copy_users, $posts, now())" -c 'ANALYZE bench.posts' -c "SELECT setseed(0.42)" \
        -c "CREATE UNLOGGED TABLE bench.rows AS SELECT * FROM bench.facts('copy', date_trunc('hour', now()) - interval '$hours hours',
            date_trunc('hour', now())) LIMIT $copy_rows" >/dev/null
    columns=$(in_db copy_empty -c "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = 'bench.rows'::regclass AND attnum > 0")
    for name in hours users random; do
        case $name in hours) order='' ;; users) order='ORDER BY user_id, update_timestamp' ;; random) order='ORDER BY random()' ;; esac
        in_db copy_empty -c "COPY (SELECT * FROM bench.rows $order) TO '$DIR/copy/$name.tsv'"
    done
    in_db copy_empty -c 'DROP TABLE bench.rows' -c 'VACUUM ANALYZE' -c 'CHECKPOINT'
    copy_columns=$columns
}

drop_database() { in_db postgres -c "DROP DATABASE IF EXISTS $1" 2>/dev/null; }

# What the session has had of the processors so far, in nanoseconds.
cpu_time="SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)"

# copy_once ORDER ENABLE|DISABLE: milliseconds of one COPY into fresh tables, on the clock and on the processor.
copy_once() {
    drop_database copy_run
    in_db postgres -c 'CREATE DATABASE copy_run TEMPLATE copy_empty'
    triggers copy_run "$2"
    in_db copy_run -c CHECKPOINT
    in_db copy_run -c 'SELECT count(*) FROM roi_metrics' -c "$cpu_time" -c '\timing on' \
        -c "COPY roi_metrics ($copy_columns) FROM '$DIR/copy/$1.tsv'" -c '\timing off' -c "$cpu_time" |
        awk '/^Time:/ { ms = $2 } /^[0-9]+$/ { before = after; after = $1 } END { print ms, (after - before) / 1000000 }'
}

# Turns lines "A-ms B-ms" into the client's numbers.
summarise_pairs() {
    awk '
        function quantile(v, n, share,    i, j, t) {
            for (i = 2; i <= n; i++) { t = v[i]; for (j = i - 1; j > 0 && v[j] > t; j--) v[j + 1] = v[j]; v[j + 1] = t }
            return v[int(share * (n - 1) + 0.5) + 1]
        }
        { a[NR] = $1; b[NR] = $2; r[NR] = $1 / $2 }
        END {
            ma = quantile(a, NR, 0.5); mb = quantile(b, NR, 0.5)
            printf "%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.3f\t%.3f\t%.3f\t0\t0\t0\t0\n", NR, NR, ma * 1000, quantile(a, NR, 0.95) * 1000,
                mb * 1000, quantile(b, NR, 0.95) * 1000, ma / mb, quantile(r, NR, 0.1), quantile(r, NR, 0.9)
        }'
}

measure_copy() {
    local order round rounds
    make_copy_data
    for order in hours users random; do
        rounds=$copy_rounds
        if [ "$order" != hours ]; then rounds=$(((copy_rounds + 1) / 2)); fi
        : >"$DIR/copy/$order.ms"
        for round in $(seq "$rounds"); do
            echo "$(copy_once "$order" ENABLE) $(copy_once "$order" DISABLE)" >>"$DIR/copy/$order.ms"
            say "COPY $order, round $round (clock and CPU with, clock and CPU without): $(tail -n 1 "$DIR/copy/$order.ms") ms"
        done
        add_result "COPY of $copy_rows rows, order: $order" 'with triggers' 'triggers disabled' 1.5 \
            "$(awk '{ print $1, $3 }' "$DIR/copy/$order.ms" | summarise_pairs)"
        add_result 'its CPU time in the server' 'with triggers' 'triggers disabled' '' "$(awk '{ print $2, $4 }' "$DIR/copy/$order.ms" | summarise_pairs)"
    done
    drop_database copy_run
}

# --- single writes ---

make_write_databases() {
    local now
    drop_database writes_off
    drop_database writes_on
    make_database writes_on
    now=$(in_db writes_on -c "SELECT date_trunc('hour', now())")
    load_account writes_on write 38 "$(in_db writes_on -c "SELECT '$now'::timestamptz - interval '$write_days days'")" "$now" '1 hour'
    in_db writes_on -c 'VACUUM ANALYZE'
    in_db postgres -c 'CREATE DATABASE writes_off TEMPLATE writes_on'
    triggers writes_off DISABLE
    write_now=$now
}

# Each row is written once: the user, then the hour, then the post moves on.
write_statements() {
    local hours=$((write_days * 24)) place
    place="user_id = \$1 AND update_timestamp = \$2::timestamptz - (\$3::integer % $hours + 1) * interval '1 hour'
        AND post_id = (SELECT post_id FROM bench.posts WHERE account = 'write' AND user_id = \$1 ORDER BY no LIMIT 1 OFFSET \$3::integer / $hours % $posts)"
    statement insert 'user write_now round' "INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, views, likes, comments,
        shares, clicks, ad_spend, revenue_generated, update_timestamp) SELECT user_id, platform, campaign_id, post_id, content_type, 120, 7, 2, 1, 3,
        0.731234, 12.5, \$2::timestamptz FROM bench.posts WHERE account = 'write' AND user_id = \$1 ORDER BY no LIMIT 1 OFFSET \$3::integer % $posts"
    statement update 'user write_now round' "UPDATE roi_metrics SET views = views + 10, ad_spend = ad_spend + 0.01 WHERE $place"
    statement delete 'user write_now round' "DELETE FROM roi_metrics WHERE $place"
}

measure_writes() {
    local kind
    make_write_databases
    write_statements
    choose_moment
    for kind in insert update delete; do
        compare "${kind^^} of one row, autocommit" 'with triggers' 'triggers disabled' '' --a "pg:$DIR/q/$kind.sql" --b "pg:$DIR/q/$kind.sql" \
            --users "$DIR/users-write" --a-pg "host=127.0.0.1 port=$PGPORT user=postgres dbname=writes_on" \
            --b-pg "host=127.0.0.1 port=$PGPORT user=postgres dbname=writes_off" --set "write_now=$write_now"
    done
}

# --- the tick and the backfill, in servers of their own ---

# times_of FILE NAME: milliseconds a post-hour in each round.
times_of() { awk -F '\t' -v name="$2" '$1 == name { printf "%.9f\n", $3 / $2 * 1000 }' "$1"; }

# pairs FILE NAME NAME: the client's numbers for two names of a results file, whose rounds are pairs; a last round serves all that are left.
pairs() {
    paste <(times_of "$1" "$2") <(times_of "$1" "$3") | awk -F '\t' '$1 != "" { a = $1 } $2 != "" { b = $2 } { print a, b }' | summarise_pairs
}

measure_tick() {
    local file="$DIR/tick.tsv"
    fetch_node_clients
    NODE_PATH=$PWD/build/node-clients/node_modules test/bench/tick --results "$file" "$tick_posts" "$posts" "$copy_rounds" >&2
    add_result "a tick of $tick_posts posts, a post-hour" 'roi_generate_tick' 'COPY BINARY of its rows' 1 "$(pairs "$file" tick copy)"
    add_result "a tick of $tick_posts posts, by two sessions each" 'two workers' 'COPY BINARY of their rows' 1 "$(pairs "$file" tick2 copy2)"
    add_result "a tick of $tick_posts posts, by two workers" 'two workers' 'COPY BINARY by one session' '' "$(pairs "$file" tick2 copy)"
    add_result "a tick of $tick_posts posts" 'roi_generate_tick' "set-based SQL, the plan's schema" '' "$(pairs "$file" tick set)"
    if grep -q '^loop' "$file"; then
        add_result "a tick of $tick_posts posts" "the plan's loop, node-postgres" 'roi_generate_tick' '>= 100' "$(pairs "$file" loop tick)"
        add_result "a tick of $tick_posts posts" "the plan's loop, node-postgres" 'two workers' '>= 100' "$(pairs "$file" loop tick2)"
    fi
    tick_memory=$(awk -F '\t' '$1 == "memory" { printf "%.0f", $2 / 1024 }' "$file")
}

measure_backfill() {
    local file="$DIR/backfill.tsv"
    test/bench/backfill --results "$file" "$backfill_accounts" 1 >&2
    add_result "a backfill of $backfill_accounts accounts x 20 posts x 60 days, a post-hour" 'roi_backfill' 'the ticks after it' 1 "$(pairs "$file" backfill tick)"
    add_result "a backfill of $backfill_accounts accounts" 'roi_backfill' 'COPY BINARY of its rows' '' "$(pairs "$file" backfill copy)"
}

# --- the table ---

machine() {
    local memory
    memory=$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo)
    echo "- machine: $(nproc) x $(sed -nE 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $memory, Linux $(uname -r)"
    echo "- $("$PG_CONFIG" --version); Redis $(redis-server --version | sed -nE 's/.* v=([^ ]+).*/\1/p'); roi_ext $(git describe --always --dirty 2>/dev/null || echo of an archive)"
    if [ -n "$clients" ]; then echo "- clients: libpq and hiredis in a tight loop; ${clients%; }; answers as text"; fi
    echo "- load average at the end of each section: ${loads%, }; the benchmark itself keeps one or two processors busy, more is other work"
    echo "- shared_buffers $(in_db bench -c 'SHOW shared_buffers'), fsync off (waiting for disks would only hide differences), autovacuum off, else defaults"
}

data_line() {
    echo "- data: $(in_db bench -c 'SELECT count(*) FROM roi_metrics') facts; $year_users users x $posts posts x $year_days days, hourly, on 3 platforms, 5 campaigns and 3 content"
    echo "  types a user, and $long_users users with $long_times times the history; loaded by $load_mode in $(setting load_seconds) s"
}

report() {
    echo '# What roi_ext costs, in ratios'
    echo
    echo "Written by \`test/bench/run${quick:+ --quick}\`; see there. One connection for each side on loopback TCP, prepared statements as a client role"
    echo 'under row level security, users in turn, blocks of A and B in turn. Ratio: median of A / median of B; range: 10th to 90th percentile of the'
    echo 'ratios of neighbouring blocks. CPU: median processor time of the server process for a request, with the untimed request before it (who asks,'
    echo 'or PING): what stays true on a busy machine.'
    echo
    machine
    data_line
    echo
    echo '| measured | A | B | A median | A p95 | B median | B p95 | ratio A / B | range | goal | CPU of A, B | kB of A, B |'
    echo '|---|---|---|---:|---:|---:|---:|---:|---|---:|---:|---:|'
    awk -F '\t' -f test/bench/report.awk "$DIR/results.tsv"
    if [ -n "${tick_memory:-}" ]; then
        echo
        echo "Memory of the session that ticks $tick_posts posts, beside shared buffers, at its peak: $tick_memory MiB (goal: less than 256)."
    fi
}

# The rows that have a goal, between the marks of the README.
goals_into_readme() {
    awk -F '\t' -v goals=1 -f test/bench/report.awk "$DIR/results.tsv" >"$DIR/goals.md"
    if [ -n "${tick_memory:-}" ]; then echo "| memory of the session that ticks $tick_posts posts | $tick_memory MiB | | | < 256 MiB |" >>"$DIR/goals.md"; fi
    awk -v goals="$DIR/goals.md" '
        /<!-- end of goals -->/ { skipping = 0 }
        !skipping { print }
        /<!-- goals:/ { print "| | A | B | A / B | goal |"; print "|---|---|---|---:|---:|"; while ((getline line < goals) > 0) print line; skipping = 1 }' README.md >"$DIR/README.md"
    cp "$DIR/README.md" README.md
}
