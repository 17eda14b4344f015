"""Compares the SAM transform with aws-sam-translator, both warm and in process, template by template.

usage: expand.py BENCH [FOLDER...]

BENCH is the program that `cargo bench --no-run --bench expand` makes. For each template it runs once right before the
reference does, so that both see the same machine; of each the fastest of some rounds in processor time counts. Needs the
PyPI packages aws-sam-translator and PyYAML.
"""
import copy
import json
import logging
import os
import statistics
import subprocess
import sys
import time

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROUNDS = 5
PARAMETERS = {"param1": "value1", "param2": "value2"}


class NoPolicies:
    """The managed policies beyond those that the package brings; asking AWS for them is no part of the work."""

    def load(self):
        return {}


def reference(template):
    best = None
    for _ in range(ROUNDS):
        given = copy.deepcopy(template)
        start = time.process_time_ns()
        transform(given, dict(PARAMETERS), NoPolicies())
        spent = time.process_time_ns() - start
        best = spent if best is None else min(best, spent)
    return best


def main():
    logging.disable(logging.CRITICAL)
    os.environ.setdefault("AWS_DEFAULT_REGION", "ap-southeast-1")
    program, *folders = sys.argv[1:]
    names = subprocess.run([program, "--rounds", "1", *folders], capture_output=True, text=True).stdout.splitlines()
    ratios = []
    for name in (line.split("\t")[0] for line in names):
        with open(name) as file:
            template = json.loads(json.dumps(yaml_parse(file.read()), default=str))
        try:
            theirs = reference(template)
        except Exception:  # needs the application repository, or is refused
            continue
        ours = subprocess.run([program, "--rounds", "20", name], capture_output=True, text=True).stdout
        ratios.append((theirs / int(ours.split("\t")[1]), name))
    ratios.sort()
    print(f"{len(ratios)} templates, median {statistics.median(r for r, _ in ratios):.0f} times faster")
    for ratio, name in ratios[:5]:
        print(f"{ratio:8.0f} {name}")


main()
