# The servers of the benchmark and what is loaded into them; sourced by test/bench/run.

# A quarter of the memory, at most 4 GB.
shared_buffers() { awk '/^MemTotal/ { mb = int($2 / 4096); print (mb > 4096 ? 4096 : mb) "MB" }' /proc/meminfo; }

# Starts the cluster of $DIR, a new one unless it is reused.
bench_start() {
    port=$(free_port)
    if [ -n "$reuse" ]; then
        at_root "$(cluster_bindir)/pg_ctl" -D "$DIR/pg/data" -l "$DIR/pg/server.log" -o "-p $port" -w -t 120 start >/dev/null
        export PGHOST="$DIR/pg/sock" PGPORT="$port" PGUSER=postgres
        return
    fi
    cluster_start "$DIR/pg" "$port" "listen_addresses = '127.0.0.1'" "shared_buffers = '$(shared_buffers)'" "max_wal_size = '8GB'" \
        "checkpoint_timeout = '30min'" "autovacuum = off"
}

# A clean stop, for a cluster that is kept.
bench_stop() {
    if at_root test -f "$DIR/pg/data/postmaster.pid"; then
        at_root "$(cluster_bindir)/pg_ctl" -D "$DIR/pg/data" -m fast -w -t 300 stop >/dev/null || true
    fi
}

redis_start() {
    local tries
    redis_port=$(free_port)
    redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$DIR/redis" >"$DIR/redis/log" 2>&1 &
    redis_pid=$!
    for tries in $(seq 50); do
        if redis-cli -p "$redis_port" ping >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    die "redis-server did not start after $tries tries: $(tail -n 3 "$DIR/redis/log")"
}

redis_stop() {
    if [ -z "${redis_pid:-}" ]; then return; fi
    kill "$redis_pid" 2>/dev/null || true
    wait "$redis_pid" 2>/dev/null || true
}

in_db() {
    local database=$1
    shift
    PGOPTIONS='-c client_min_messages=warning -c jit=off' cluster_psql -d "$database" -At "$@"
}

has_function() { [ "$(in_db bench -c "SELECT count(*) FROM pg_proc WHERE proname = '$1'")" -gt 0 ]; }

setting() { in_db bench -c "SELECT value FROM bench.settings WHERE name = '$1'"; }

# make_database NAME: a database with the extension, its tables and the generator.
make_database() {
    in_db postgres -c "CREATE DATABASE $1"
    in_db "$1" -c 'CREATE EXTENSION roi_ext' -c 'SELECT roi_setup()' -f test/bench/load.sql >/dev/null
}

# load_account DATABASE ACCOUNT USERS SINCE UNTIL STEP
load_account() {
    in_db "$1" -c "SELECT bench.make_account('$2', $3, $posts, '$4')" >/dev/null
    in_db "$1" -c 'ANALYZE bench.posts' -c "CALL bench.load('$2', '$4', '$5', '$6')" >/dev/null
    in_db "$1" -c "SELECT DISTINCT user_id FROM bench.posts WHERE account = '$2' ORDER BY 1" >"$DIR/users-$2"
}

# The long history up to the year's begin goes in by days, the rest of it hour by hour with everybody else.
load_facts() {
    local now year long
    now=$(in_db bench -c "SELECT date_trunc('hour', now())")
    year=$(in_db bench -c "SELECT '$now'::timestamptz - interval '$year_days days'")
    long=$(in_db bench -c "SELECT '$now'::timestamptz - interval '$((year_days * long_times)) days'")
    in_db bench -c "INSERT INTO bench.settings VALUES ('now', '$now'), ('since', '$year')" \
        -c "SELECT roi_make_partitions(ARRAY(SELECT generate_series('$long', '$now', interval '1 month')))" >/dev/null
    say "loading $year_users users x $posts posts x $year_days days, hour by hour"
    load_account bench year "$year_users" "$year" "$now" '1 hour'
    say "loading $long_users users x $posts posts x $((year_days * long_times)) days, day by day"
    load_account bench decade "$long_users" "$long" "$now" '1 day'
}

triggers() { in_db "$1" -c "ALTER TABLE roi_metrics $2 TRIGGER USER"; }

load_all() {
    local begin=$SECONDS
    in_db postgres -c 'CREATE ROLE bench_client LOGIN'
    make_database bench
    if [ "$load_mode" = rebuild ]; then triggers bench DISABLE; fi
    load_facts
    if [ "$load_mode" = rebuild ]; then
        triggers bench ENABLE
        say "roi_rebuild()"
        in_db bench -c 'SELECT roi_rebuild()' >/dev/null
    fi
    in_db bench -c "INSERT INTO bench.settings SELECT 'load_seconds', $((SECONDS - begin))"
    say "loaded in $((SECONDS - begin)) s; vacuum"
    in_db bench -c 'SELECT bench.grant_client()' -c 'VACUUM (ANALYZE)' -c 'CHECKPOINT' >/dev/null
    declare -p quick year_users year_days long_users long_times load_mode | sed 's/^declare -- //' >"$DIR/sizes"
    script_sum >"$DIR/script-sum"
}

script_sum() { cksum roi_ext--*.sql; }

# A kept cluster holds the functions of its own day: where the install script has changed since, they are made anew.
refresh_extension() {
    if [ "$(script_sum)" = "$(cat "$DIR/script-sum")" ]; then return; fi
    say "the install script has changed: new functions, same tables"
    in_db bench -c 'DROP EXTENSION roi_ext CASCADE' -c 'CREATE EXTENSION roi_ext' -c 'SELECT roi_setup()' \
        -c 'SELECT bench.grant_client()' >/dev/null
    script_sum >"$DIR/script-sum"
}
