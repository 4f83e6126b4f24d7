"""ranks.py - whether two samples of times differ, whatever their distribution"""
import math


def rank_test(these, those):
    """Mann-Whitney's p, two-sided, by the normal approximation with ties."""
    ranked = sorted([(value, 0) for value in these] + [(value, 1) for value in those])
    ranks, ties, at = 0.0, 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        count = end - at
        ties += count ** 3 - count
        ranks += sum((at + 1 + end) / 2 for index in range(at, end) if ranked[index][1] == 0)
        at = end
    n, m = len(these), len(those)
    u = ranks - n * (n + 1) / 2
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    return math.erfc(abs(u - n * m / 2) / math.sqrt(2 * variance)) if variance else 1.0
