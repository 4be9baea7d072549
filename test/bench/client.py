#!/usr/bin/python3
"""The sides of client.c as a Python service has them: psycopg and redis-py, answers as text.

    client.py --pg CONNINFO --redis PORT --users FILE --statement FILE --value FILE [--set name=value]... [--seconds S]

Prints what client.c prints, and with --version the versions of its libraries.
"""
import argparse
import statistics
import sys
import time

import psycopg
import redis
from psycopg.types.string import TextLoader

BLOCK, WARM, MIN_BLOCKS = 25, 50, 3


def statement_of(path):
    """The names of the parameters and the text of a file's first statement, with psycopg's placeholders."""
    lines = open(path).read().split("\n", 1)
    names = lines[0].removeprefix("-- params:").split()
    text = lines[1]
    for number, name in enumerate(names, 1):
        text = text.replace(f"${number}", f"%({name})s")
    return text


def cpu_reader(pid):
    path = f"/proc/{pid}/schedstat"
    return lambda: int(open(path).read().split()[0]) / 1e9


class Postgres:
    def __init__(self, conninfo, settings):
        self.connection = psycopg.connect(conninfo, autocommit=True)
        self.connection.adapters.register_loader("json", TextLoader)
        self.cursor = self.connection.cursor()
        self.settings = settings
        self.cpu = cpu_reader(self.connection.info.backend_pid)

    def prepare(self, user):
        self.cursor.execute("SELECT set_config('roi_ext.user_id', %s, false)", [user], prepare=True)

    def ask(self, text, user):
        self.cursor.execute(text, self.settings, prepare=True)
        return self.cursor.fetchall()


class Redis:
    def __init__(self, port):
        self.client = redis.Redis(host="127.0.0.1", port=port, decode_responses=True)
        self.cpu = cpu_reader(self.client.info("server")["process_id"])

    def prepare(self, user):
        self.client.ping()

    def ask(self, text, user):
        return self.client.get(user)


def run(side, text, users, turn, count):
    """Seconds of `count` requests, and the server's seconds on the processor for each, what comes before it included."""
    seconds, cpu, answer = [], [], None
    for number in range(turn, turn + count):
        user = users[number % len(users)]
        before = side.cpu()
        side.prepare(user)
        begin = time.perf_counter()
        answer = side.ask(text, user)
        seconds.append(time.perf_counter() - begin)
        cpu.append(side.cpu() - before)
    return seconds, cpu, answer


def size_of(answer):
    if isinstance(answer, str):
        return len(answer.encode())
    return sum(len(str(value).encode()) for row in answer for value in row)


def quantile(values, share):
    return sorted(values)[int(share * (len(values) - 1) + 0.5)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", action="store_true")
    for name in ("pg", "users", "statement", "value"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--redis", type=int)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    if given.version:
        return print(f"psycopg {psycopg.__version__} ({psycopg.pq.__impl__}), redis-py {redis.__version__}")
    settings = dict(pair.split("=", 1) for pair in given.set)
    users = open(given.users).read().split()
    a, b = Postgres(given.pg, settings), Redis(given.redis)
    text, value = statement_of(given.statement), statement_of(given.value)
    for user in users:
        a.prepare(user)
        b.client.set(user, a.ask(value, user)[0][0])
    all_a, all_b, cpu_a, cpu_b, ratios, turn = [], [], [], [], [], 0
    run(a, text, users, 0, WARM), run(b, None, users, 0, WARM)
    end = time.perf_counter() + given.seconds
    while len(ratios) < MIN_BLOCKS or time.perf_counter() < end:
        seconds_a, block_cpu_a, answer_a = run(a, text, users, turn, BLOCK)
        seconds_b, block_cpu_b, answer_b = run(b, None, users, turn, BLOCK)
        turn += BLOCK
        ratios.append(statistics.median(seconds_a) / statistics.median(seconds_b))
        all_a += seconds_a
        all_b += seconds_b
        cpu_a += block_cpu_a
        cpu_b += block_cpu_b
    times = [quantile(values, share) * 1e6 for values in (all_a, all_b) for share in (0.5, 0.95)]
    print(len(all_a), len(all_b), *(f"{value:.1f}" for value in times), f"{times[0] / times[2]:.3f}",
          f"{quantile(ratios, 0.1):.3f}", f"{quantile(ratios, 0.9):.3f}", size_of(answer_a), size_of(answer_b),
          f"{quantile(cpu_a, 0.5) * 1e6:.1f}", f"{quantile(cpu_b, 0.5) * 1e6:.1f}", sep="\t")


if __name__ == "__main__":
    sys.exit(main())
