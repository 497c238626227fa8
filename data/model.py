# SPDX-License-Identifier: LGPL-2.1-or-later
"""A damped oscillation, y(t) = offset + amplitude exp(-t / decay) cos(2 pi t / period + phase), fitted to
40 readings. Any function that takes a list of numbers and returns a number will do; the attributes bounds,
names, start and extras are optional, and what the ini file says about them comes first.
"""
import math

# Half a second apart; made with 2.5, 6, 1.7, 0.8, -0.4 and rounded to two places after noise was added.
READINGS = [
    1.35, -2.39, -0.89, 1.57, -0.92, -1.71, 0.91, 0.07, -1.67, -0.28,
    0.52, -1.06, -0.89, 0.44, -0.33, -0.92, 0.00, -0.11, -0.87, -0.56,
    0.03, -0.44, -0.74, -0.27, -0.24, -0.73, -0.45, -0.23, -0.61, -0.53,
    -0.24, -0.39, -0.42, -0.38, -0.36, -0.54, -0.34, -0.34, -0.32, -0.58,
]

names = ["amplitude", "decay", "period", "phase", "offset"]
bounds = [(0.1, 10), (0.5, 50), (1, 10), (-math.pi, math.pi), (-5, 5)]
extras = ["worst"]


def misfit(x):
    """The sum of squared residuals, and the greatest residual."""
    amplitude, decay, period, phase, offset = x
    total = worst = 0.0
    for i, reading in enumerate(READINGS):
        t = 0.5 * i
        y = offset + amplitude * math.exp(-t / decay) * math.cos(2 * math.pi * t / period + phase)
        total += (y - reading) ** 2
        worst = max(worst, abs(y - reading))
    return total, worst
