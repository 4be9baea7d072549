// Times two sides against each other in alternating blocks: prepared statements through libpq, or GET through hiredis.
//
//   client --a pg:FILE --b redis|pg:FILE --users FILE --pg CONNINFO [--redis PORT --redis-pid PID --value FILE] [option...]
//
// FILE holds statements; each begins with a line `-- params: name...`: its $1, $2, ... Names are those of --set, and
//   user   the user of this request: requests take the users in turn, so that no side serves everything from cache
//   round  how often all users had their turn
// --value FILE: a statement for each user whose one value becomes the text that GET fetches.
// --a-users, --b-users, --a-pg, --b-pg: what differs between the sides.
// --block N: requests of a block; --warm N: untimed requests of each side; --seconds S: when to stop, after 3 blocks.
// --pause US: microseconds of rest before each request, in which servers fall asleep; else requests follow at once.
// Before each request, untimed: the server learns the user's name (roi_ext.user_id), Redis gets a PING. With --pause
// the rest comes after that.
//
// Prints one line, times in microseconds, ratios A / B:
//   requests of A, of B, median of A, p95 of A, median of B, p95 of B, ratio of medians,
//   10th and 90th percentile of the ratios of neighbouring blocks, bytes of A's answer, of B's answer,
//   median of the processor time of A's server process for a request, untimed preparation included, and of B's
#include <getopt.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { max_params = 8, max_statements = 32, max_settings = 16, min_blocks = 3 };

typedef struct {
    int params;
    char *param[max_params]; // names
    char *text;
    char name[16];
} Statement;

typedef struct {
    size_t count;
    char **id;
} Users;

typedef struct {
    size_t count, room;
    double *value;
} Samples;

typedef struct {
    const char *spec; // pg:FILE or redis
    const char *conninfo;
    const char *users_file;
    Users users;
    PGconn *pg;
    redisContext *redis;
    Statement statement[max_statements];
    int statements;
    size_t turn;        // requests made
    size_t bytes;       // of the last answer
    Samples all, block; // seconds
    Samples cpu;        // seconds that the server spent on the processor for a request
    char schedstat[64]; // where the kernel counts them
} Side;

static struct { char *name, *value; } settings[max_settings];
static int settings_count;
static int redis_port;
static long redis_pid;
static useconds_t pause_us;

static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("client: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void *grow(void *memory, size_t bytes) {
    memory = realloc(memory, bytes);
    if (memory == NULL) die("out of memory");
    return memory;
}

static char *copy_of(const char *text) { return strcpy(grow(NULL, strlen(text) + 1), text); }

// --- samples ---

static void add_sample(Samples *samples, double value) {
    if (samples->count == samples->room) {
        samples->room = samples->room ? 2 * samples->room : 1024;
        samples->value = grow(samples->value, samples->room * sizeof(double));
    }
    samples->value[samples->count++] = value;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// Sorts the samples.
static double quantile(Samples *samples, double share) {
    if (samples->count == 0) return 0;
    qsort(samples->value, samples->count, sizeof(double), by_value);
    return samples->value[(size_t)(share * (double)(samples->count - 1) + 0.5)];
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void rest(void) {
    if (pause_us > 0) usleep(pause_us);
}

// Seconds on the processor of the side's server process so far; 0 where the kernel does not tell.
static double cpu_seconds(const Side *side) {
    double nanoseconds = 0;
    FILE *file = fopen(side->schedstat, "r");
    if (file == NULL) return 0;
    if (fscanf(file, "%lf", &nanoseconds) != 1) nanoseconds = 0;
    fclose(file);
    return nanoseconds * 1e-9;
}

static void watch_cpu(Side *side, long pid) {
    snprintf(side->schedstat, sizeof(side->schedstat), "/proc/%ld/schedstat", pid);
}

// --- files ---

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    size_t size = 0, got;
    char *text = NULL;
    if (file == NULL) die("cannot read %s", path);
    do {
        text = grow(text, size + 65537);
        got = fread(text + size, 1, 65536, file);
        size += got;
    } while (got > 0);
    text[size] = '\0';
    fclose(file);
    return text;
}

static Users read_users(const char *path) {
    Users users = {0, NULL};
    char *text = read_file(path), *rest = text, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (*line == '\0') continue;
        users.id = grow(users.id, (users.count + 1) * sizeof(char *));
        users.id[users.count++] = copy_of(line);
    }
    free(text);
    if (users.count == 0) die("no users in %s", path);
    return users;
}

static void read_params(Statement *statement, char *line) {
    char *name;
    while ((name = strsep(&line, " \t")) != NULL) {
        if (*name == '\0') continue;
        if (statement->params == max_params) die("too many parameters");
        statement->param[statement->params++] = copy_of(name);
    }
}

static int read_statements(const char *path, Statement *statement) {
    static const char mark[] = "-- params:";
    char *text = read_file(path), *at = strstr(text, mark);
    int count = 0;
    while (at != NULL) {
        char *line_end = strchr(at, '\n');
        if (line_end == NULL || count == max_statements) die("bad statements in %s", path);
        char *next = strstr(line_end, mark);
        *line_end = '\0';
        if (next != NULL) next[-1] = '\0';
        memset(&statement[count], 0, sizeof(Statement));
        read_params(&statement[count], at + strlen(mark));
        statement[count].text = copy_of(line_end + 1);
        snprintf(statement[count].name, sizeof(statement[count].name), "s%d", count);
        count++;
        at = next;
    }
    free(text);
    if (count == 0) die("no statement in %s", path);
    return count;
}

// --- PostgreSQL ---

static PGresult *checked(Side *side, PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        die("%s: %s", side->spec, PQresultErrorMessage(result));
    return result;
}

static void prepare(Side *side, const char *name, const char *text) {
    PQclear(checked(side, PQprepare(side->pg, name, text, 0, NULL)));
}

static void open_pg(Side *side) {
    side->pg = PQconnectdb(side->conninfo);
    if (PQstatus(side->pg) != CONNECTION_OK) die("%s", PQerrorMessage(side->pg));
    prepare(side, "user", "SELECT set_config('roi_ext.user_id', $1, false)");
    if (strncmp(side->spec, "pg:", 3) != 0) return;
    watch_cpu(side, PQbackendPID(side->pg));
    side->statements = read_statements(side->spec + 3, side->statement);
    for (int i = 0; i < side->statements; i++)
        prepare(side, side->statement[i].name, side->statement[i].text);
}

static void set_user(Side *side, const char *user) {
    PQclear(checked(side, PQexecPrepared(side->pg, "user", 1, &user, NULL, NULL, 0)));
}

static const char *param_value(const char *name, const char *user, const char *round) {
    if (strcmp(name, "user") == 0) return user;
    if (strcmp(name, "round") == 0) return round;
    for (int i = settings_count - 1; i >= 0; i--) // the last one given holds
        if (strcmp(name, settings[i].name) == 0) return settings[i].value;
    die("no value for parameter %s: --set %s=...", name, name);
    return NULL;
}

static PGresult *execute(Side *side, const Statement *statement, const char *user, const char *round) {
    const char *values[max_params];
    for (int i = 0; i < statement->params; i++)
        values[i] = param_value(statement->param[i], user, round);
    return checked(side, PQexecPrepared(side->pg, statement->name, statement->params, values, NULL, NULL, 0));
}

static size_t result_bytes(const PGresult *result) {
    size_t bytes = 0;
    for (int row = 0; row < PQntuples(result); row++)
        for (int column = 0; column < PQnfields(result); column++)
            bytes += (size_t)PQgetlength(result, row, column);
    return bytes;
}

// All statements of the side, as one request. Returns its seconds.
static double request_pg(Side *side, const char *user, const char *round) {
    set_user(side, user);
    side->bytes = 0;
    rest();
    double begin = seconds_now();
    for (int i = 0; i < side->statements; i++) {
        PGresult *result = execute(side, &side->statement[i], user, round);
        side->bytes += result_bytes(result);
        PQclear(result);
    }
    return seconds_now() - begin;
}

// --- Redis ---

static void open_redis(Side *side) {
    side->redis = redisConnect("127.0.0.1", redis_port);
    if (side->redis == NULL || side->redis->err) die("no Redis at port %d", redis_port);
    watch_cpu(side, redis_pid);
}

static redisReply *ask_redis(Side *side, const char *command, const char *key, const char *value) {
    const char *words[] = {command, key, value};
    int count = 1 + (key != NULL) + (value != NULL);
    redisReply *reply = redisCommandArgv(side->redis, count, words, NULL);
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR || reply->type == REDIS_REPLY_NIL)
        die("%s failed", command);
    return reply;
}

static double request_redis(Side *side, const char *user) {
    freeReplyObject(ask_redis(side, "PING", NULL, NULL));
    rest();
    double begin = seconds_now();
    redisReply *reply = ask_redis(side, "GET", user, NULL);
    side->bytes = reply->len;
    freeReplyObject(reply);
    return seconds_now() - begin;
}

// Stores the value of every user: what a cache would hold.
static void fill_redis(Side *side, const char *value_file) {
    Statement value[max_statements];
    if (value_file == NULL) die("redis needs --value");
    read_statements(value_file, value);
    open_pg(side);
    prepare(side, value[0].name, value[0].text);
    for (size_t i = 0; i < side->users.count; i++) {
        const char *user = side->users.id[i];
        set_user(side, user);
        PGresult *result = execute(side, &value[0], user, "0");
        if (PQntuples(result) != 1) die("--value: not one value for user %s", user);
        freeReplyObject(ask_redis(side, "SET", user, PQgetvalue(result, 0, 0)));
        PQclear(result);
    }
    PQfinish(side->pg);
    side->pg = NULL;
}

// --- the two sides ---

static void open_side(Side *side, const char *value_file) {
    side->users = read_users(side->users_file);
    if (strcmp(side->spec, "redis") == 0) {
        open_redis(side);
        fill_redis(side, value_file);
    } else {
        open_pg(side);
    }
}

static double request(Side *side) {
    char round[32];
    const char *user = side->users.id[side->turn % side->users.count];
    snprintf(round, sizeof(round), "%zu", side->turn / side->users.count);
    side->turn++;
    return side->redis != NULL ? request_redis(side, user) : request_pg(side, user, round);
}

// Slow requests end a block early, after at least one of them.
static double run_block(Side *side, long requests, double seconds_at_most) {
    double end = seconds_now() + seconds_at_most;
    side->block.count = 0;
    for (long i = 0; i < requests && (i == 0 || seconds_now() < end); i++) {
        double cpu = cpu_seconds(side), seconds = request(side);
        add_sample(&side->cpu, cpu_seconds(side) - cpu);
        add_sample(&side->block, seconds);
        add_sample(&side->all, seconds);
    }
    return quantile(&side->block, 0.5);
}

static void report(Side *a, Side *b, Samples *ratios) {
    double median_a = quantile(&a->all, 0.5), median_b = quantile(&b->all, 0.5);
    printf("%zu\t%zu\t%.1f\t%.1f\t%.1f\t%.1f\t%.3f\t%.3f\t%.3f\t%zu\t%zu\t%.1f\t%.1f\n", a->all.count,
           b->all.count, median_a * 1e6, quantile(&a->all, 0.95) * 1e6, median_b * 1e6,
           quantile(&b->all, 0.95) * 1e6, median_a / median_b, quantile(ratios, 0.1), quantile(ratios, 0.9),
           a->bytes, b->bytes, quantile(&a->cpu, 0.5) * 1e6, quantile(&b->cpu, 0.5) * 1e6);
}

static void warm_up(Side *side, long requests, double seconds_at_most) {
    double end = seconds_now() + seconds_at_most;
    for (long i = 0; i < requests && (i == 0 || seconds_now() < end); i++)
        request(side);
}

static void compare(Side *a, Side *b, long warm, long block, double seconds) {
    Samples ratios = {0, 0, NULL};
    double slice = seconds / (2 * min_blocks);
    warm_up(a, warm, seconds / 2);
    warm_up(b, warm, seconds / 2);
    double end = seconds_now() + seconds;
    for (int blocks = 0; blocks < min_blocks || seconds_now() < end; blocks++) {
        double time_a = run_block(a, block, slice);
        add_sample(&ratios, time_a / run_block(b, block, slice));
    }
    report(a, b, &ratios);
}

static void add_setting(char *pair) {
    char *value = strchr(pair, '=');
    if (value == NULL || settings_count == max_settings) die("--set name=value");
    *value = '\0';
    settings[settings_count].name = pair;
    settings[settings_count++].value = value + 1;
}

static const struct option options[] = {
    {"a", 1, NULL, 'a'},     {"b", 1, NULL, 'b'},       {"users", 1, NULL, 'u'}, {"a-users", 1, NULL, 'A'},
    {"pg", 1, NULL, 'p'},    {"a-pg", 1, NULL, 'P'},    {"b-pg", 1, NULL, 'Q'},  {"b-users", 1, NULL, 'B'},
    {"set", 1, NULL, 's'},   {"redis", 1, NULL, 'r'},   {"value", 1, NULL, 'v'}, {"warm", 1, NULL, 'w'},
    {"block", 1, NULL, 'k'}, {"seconds", 1, NULL, 't'}, {"pause", 1, NULL, 'i'}, {"redis-pid", 1, NULL, 'R'},
    {NULL, 0, NULL, 0}};

static const char *given[128]; // by letter

static const char *either(char own, char common) {
    const char *value = given[(int)own] ? given[(int)own] : given[(int)common];
    if (value == NULL) die("needs --a, --b, --users and --pg");
    return value;
}

static double number(char letter, double otherwise) {
    return given[(int)letter] ? atof(given[(int)letter]) : otherwise;
}

int main(int argc, char **argv) {
    static Side a, b;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?') return 2;
        if (option == 's') add_setting(optarg);
        given[option] = optarg;
    }
    a.spec = either('a', 'a'), a.users_file = either('A', 'u'), a.conninfo = either('P', 'p');
    b.spec = either('b', 'b'), b.users_file = either('B', 'u'), b.conninfo = either('Q', 'p');
    redis_port = (int)number('r', 6379);
    redis_pid = (long)number('R', 0);
    pause_us = (useconds_t)number('i', 0);
    open_side(&a, given['v']);
    open_side(&b, given['v']);
    compare(&a, &b, (long)number('w', 50), (long)number('k', 50), number('t', 5));
    return 0;
}
