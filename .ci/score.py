"""Runs the scores and compares them with the floors in .ci/floors; fails when one is below.

usage: score.py FOLDER [--raise]

With --raise the floors become what was reached, where that is more.
"""
import pathlib
import re
import shutil
import subprocess
import sys

FLOORS = pathlib.Path(__file__).with_name("floors")
BINARY = "target/release/stacklens"


def run(script):
    done = subprocess.run([sys.executable, str(script), "--bin", BINARY], capture_output=True, text=True)
    print(done.stdout, end="")
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def scores(folder):
    for line in run(folder / "rules.py").splitlines():
        if m := re.match(r"(\S+): recall ([\d.]+)%.*precision ([\d.]+)%.*crashed (\d+)", line):
            yield f"rules/{m[1]}/recall", float(m[2])
            yield f"rules/{m[1]}/precision", float(m[3])
            yield f"rules/{m[1]}/not-crashed", -float(m[4])
    for line in run(folder / "deploy.py").splitlines():
        if m := re.match(r"([\w ]+): (\d+)/(\d+)", line):
            yield "deploy/" + m[1].replace(" ", "-"), round(100 * int(m[2]) / int(m[3]), 2)
    for line in run(folder / "sam.py").splitlines():
        if m := re.match(r"(\S+) (\S+): (\d+)/(\d+)", line):
            yield f"sam/{m[1]}/{m[2]}", round(100 * int(m[3]) / int(m[4]), 2)
    yield from instructions()


def instructions():
    """Million instructions (negated) of a whole process on samples; they do not depend on the machine's load."""
    if not shutil.which("valgrind"):
        return
    for name in ("templates/valid/vpc-ec2.yaml", "sam/valid/api.yaml", "buildspec/valid/docker-ecr.yml"):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", BINARY, "check", f"samples/{name}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if m := re.search(r"Collected : (\d+)", done.stderr):
            million = int(m[1]) / 1e6
            print(f"instructions {name}: {million:.2f} million")
            yield f"instructions/{name}", -round(million, 2)



def main():
    floors = {}
    for line in FLOORS.read_text().splitlines():
        if line and not line.startswith("#"):
            name, value = line.split()
            floors[name] = float(value)
    reached = dict(scores(pathlib.Path(sys.argv[1])))
    # Without valgrind there are no instruction counts to compare.
    missing = {k for k in floors if k not in reached and k.startswith("instructions/")}
    low = [
        f"{k}: {reached.get(k)} is below {v}"
        for k, v in floors.items()
        # Another C library or environment costs a few instructions more or less.
        if k not in missing and reached.get(k, float("-inf")) < (v * 1.1 if k.startswith("instructions/") else v)
    ]
    if "--raise" in sys.argv:
        best = {k: max(v, floors.get(k, v)) for k, v in reached.items()}
        head = [line for line in FLOORS.read_text().splitlines() if line.startswith("#")]
        FLOORS.write_text("\n".join(head + [f"{k} {v:g}" for k, v in sorted(best.items())]) + "\n")
    sys.exit("\n".join(low) or 0)


main()
