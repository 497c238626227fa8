# SPDX-License-Identifier: LGPL-2.1-or-later
"""Work for the benchmark of the parallelism table: in Python, and in a child process."""
import ctypes
import os
import subprocess
import time

bounds = (-1.0, 1.0)
dims = 2
WANTED_SECONDS = 0.020
ROUNDS = int(os.environ.get("GLOMPO_BUSY_PYTHON", "0"))
KEEPING_THE_LOCK = ctypes.PyDLL(None)


def work(rounds, value):
    if rounds == 0:
        KEEPING_THE_LOCK.usleep(int(1e6 * WANTED_SECONDS))
    for _ in range(rounds):
        value += 1.0 / (1.0 + value * value)
    return value


def pure(x):
    return x[0] ** 2 + 1e-300 * work(ROUNDS, x[0])


def child(x):
    answer = subprocess.run([os.environ["GLOMPO_BUSY_PROGRAM"]], stdout=subprocess.PIPE, check=True)
    return x[0] ** 2 + 1e-300 * float(answer.stdout)


if __name__ == "__main__":
    best = 1e9
    for _ in range(10):
        before = time.process_time()
        work(100000, 0.0)
        best = min(best, time.process_time() - before)
    print(int(100000 * WANTED_SECONDS / best))
