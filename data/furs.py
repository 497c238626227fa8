# SPDX-License-Identifier: LGPL-2.1-or-later
"""The fit of lynx-hare.ini in plain Python, with the same operations as furs.c: the same values to the last
bit, some thousand times slower. For the task python: module = furs.
"""
import math

RECORD = (
    (30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1,
     40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7),
    (4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4,
     8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6),
)
WEIGHTS = (
    (),
    (1.0 / 5,),
    (3.0 / 40, 9.0 / 40),
    (44.0 / 45, -56.0 / 15, 32.0 / 9),
    (19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729),
    (9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656),
    (35.0 / 384, 0.0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84),
)
ERROR_WEIGHTS = (71.0 / 57600, 0.0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40)
TOLERANCE = 1e-10
MAX_STEPS = 50000

names = ["alpha", "beta", "gamma", "delta", "hare0", "lynx0"]
bounds = [(0.1, 1.5), (0.002, 0.1), (0.1, 1.5), (0.002, 0.1), (5, 100), (1, 30)]


def combine(weights, slopes, i):
    total = 0.0
    for weight, slope in zip(weights, slopes):
        total += weight * slope[i]
    return total


def f(x):
    """The sum of squares; an exception, as from math.exp() of a large number, is an evaluation without value."""
    alpha, beta, gamma, delta, hare, lynx = x

    def derivative(y):
        return alpha - beta * math.exp(y[1]), delta * math.exp(y[0]) - gamma

    def first_step(span):
        size = change = 0.0
        for i in range(2):
            size += (y[i] / TOLERANCE) * (y[i] / TOLERANCE)
            change += (slope[i] / TOLERANCE) * (slope[i] / TOLERANCE)
        step = 0.01 * math.sqrt(size / change) if change > 0.0 else span
        return step if 0.0 < step < span else 1e-3 * span

    y = math.log(hare), math.log(lynx)
    slope = derivative(y)
    wish = first_step(len(RECORD[0]) - 1.0)
    previous = 1e-4
    steps = 0
    model = [y]
    for year in range(1, len(RECORD[0])):
        time, end = year - 1.0, float(year)
        while time < end:
            steps += 1
            if steps > MAX_STEPS:
                raise ArithmeticError("too many steps")
            last = wish >= end - time
            step = end - time if last else wish
            slopes = [slope]
            for weights in WEIGHTS[1:]:
                point = y[0] + step * combine(weights, slopes, 0), y[1] + step * combine(weights, slopes, 1)
                slopes.append(derivative(point))
            squares = 0.0
            for i in range(2):
                error = combine(ERROR_WEIGHTS, slopes, i) * (step / TOLERANCE)
                squares += error * error
            error = math.sqrt(squares / 2.0)
            if not error <= 1.0:
                wish = step * max(0.9 * math.pow(error, -0.17), 0.2)
                continue
            kept = max(error, 1e-4)
            factor = 0.9 * math.pow(kept, -0.17) * math.pow(previous, 0.04)
            longer = step * min(max(factor, 0.2), 5.0)
            wish = max(wish, longer) if last else longer
            previous = kept
            time = end if last else time + step
            y = point
            slope = slopes[-1]
        model.append(y)
    total = 0.0
    for species in range(2):
        for values, fur in zip(model, RECORD[species]):
            residual = values[species] - math.log(fur)
            total += residual * residual
    return total
