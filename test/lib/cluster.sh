# Throw-away PostgreSQL servers for tests; to be sourced. PG_CONFIG chooses the version.
#
#   dir=$(mktemp -d /tmp/roi.XXXXXX); cluster_share "$dir"
#   cluster_start "$dir/one" "$(free_port)" "work_mem = '8MB'"     # exports PGHOST, PGPORT, PGUSER
#   cluster_psql -d postgres -c 'SELECT 1'
#   cluster_stop "$dir/one"
#
# Root runs the server as the user postgres, everybody else as himself.

cluster_bindir() { "${PG_CONFIG:-pg_config}" --bindir; }

# Runs a command as the owner of the servers, with a home directory that it may read.
as_cluster_user() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- env HOME=/tmp "$@"
    else
        "$@"
    fi
}

# The same from the root directory, because the owner of the servers may not be allowed to see ours.
at_root() { (cd / && as_cluster_user "$@"); }

# Gives a path, with everything below it, to the owner of the servers.
cluster_share() {
    if [ "$(id -u)" -eq 0 ]; then chown -R postgres "$@"; fi
}

# Prints a port that nothing listens on; the servers use it only to name their socket.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 40000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

# The settings of a test server: no network, no durability, pg_cron ready; later lines win.
cluster_settings() {
    local dir=$1 port=$2
    shift 2
    cat <<EOF
listen_addresses = ''
unix_socket_directories = '$dir/sock'
port = $port
fsync = off
full_page_writes = off
synchronous_commit = off
max_worker_processes = 20
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %d '
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
EOF
    if [ $# -gt 0 ]; then printf '%s\n' "$@"; fi
}

# cluster_start DIR PORT [setting...]: makes and starts a server in DIR, whose parent belongs to the servers' owner.
# SERVER_PROGRAM names a program to start instead of postgres, which may take its time.
cluster_start() {
    local dir=$1 port=$2 bindir
    bindir=$(cluster_bindir)
    if [ "${#dir}" -gt 80 ]; then
        echo "cluster_start: $dir is too long for a socket path" >&2
        return 1
    fi
    at_root mkdir -p "$dir/sock"
    at_root "$bindir/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        --no-instructions >"$dir.initdb.log" 2>&1 || { cat "$dir.initdb.log" && return 1; }
    cluster_settings "$@" | at_root tee -a "$dir/data/postgresql.conf" >/dev/null
    if ! at_root "$bindir/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t "${SERVER_PROGRAM:+6}60" -p "${SERVER_PROGRAM:-$bindir/postgres}" start >/dev/null; then
        cat "$dir/server.log"
        return 1
    fi
    export PGHOST="$dir/sock" PGPORT="$port" PGUSER=postgres
}

# cluster_copy DIR: copies the programs and files of PG_CONFIG into DIR, where they find each other at the same places below it.
cluster_copy() {
    local part parts=()
    for part in --bindir --pkglibdir --sharedir --includedir-server; do
        part=$("$PG_CONFIG" "$part")
        parts+=("${part#/}")
    done
    mkdir -p "$1"
    tar -c -C / "${parts[@]}" | tar -x -C "$1"
}

# cluster_stop DIR: stops the server of DIR at once; no error when it does not run.
cluster_stop() {
    local dir=$1
    if at_root test -f "$dir/data/postmaster.pid"; then
        at_root "$(cluster_bindir)/pg_ctl" -D "$dir/data" -m immediate -w -t 30 stop >/dev/null || true
    fi
}

# cluster_stop_all PARENT: stops every server that lives below PARENT, those of Perl tests that were killed as well.
cluster_stop_all() {
    local data
    find "$1" -name postmaster.pid -printf '%h\n' 2>/dev/null | while read -r data; do
        at_root "$(cluster_bindir)/pg_ctl" -D "$data" -m immediate -w -t 30 stop >/dev/null 2>&1 </dev/null || true
    done
}

# psql as the superuser of the started server, stopping at the first error.
cluster_psql() { "$(cluster_bindir)/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }
