#!/usr/bin/env python3
"""table.py - prints the table of listd/policy/gibberish.c: which letter follows which in names.txt

For each letter, and for the beginning of a word, how surprising each next letter is: -log2 of its share, in half bits,
0 to 9 and then a to z. Run it when names.txt was changed, and put what it prints into gibberish.c."""
import math
import pathlib

LETTERS = "abcdefghijklmnopqrstuvwxyz"
EDGE = "^"  # before the first letter
SMOOTHING = 1  # every pair came once more than it did
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def main():
    lines = pathlib.Path(__file__).with_name("names.txt").read_text().splitlines()
    counts = {(a, b): SMOOTHING for a in LETTERS + EDGE for b in LETTERS + EDGE}
    for word in sorted(set(" ".join(line for line in lines if not line.startswith("#")).split())):
        for pair in zip(EDGE + word, word + EDGE):
            counts[pair] += 1
    print("        /*          " + LETTERS + " */")
    for a in LETTERS + EDGE:
        total = sum(counts[a, b] for b in LETTERS + EDGE)
        row = "".join(DIGITS[round(-2 * math.log2(counts[a, b] / total))] for b in LETTERS)
        print(f'        /* {a} */ "{row}",')


if __name__ == "__main__":
    main()
