"""Runs every benchmark beside this file, one after the other, and says which missed a bar or did not run.

`python tests/benchmarks/run_all.py [--quick] [NAME...]`; NAME is a part of a file's name.  Use a quiet machine: each
script prints medians and ratios of interleaved rounds, with the bar that the project has set for each.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
# What each script calls a short run.
QUICK = {
    "bench_training_loop": ["--quick"],
    "bench_checkpoints": ["--quick"],
    "bench_metrics": ["--points", "200000", "--rounds", "2"],
    "bench_start": ["--rounds", "2"],
    "bench_curves": ["--rounds", "3", "--longest", "1000000"],
}


def main() -> int:
    """Run what was asked for; return the number of scripts that ended with an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="short runs: do they work at all")
    options = parser.parse_args()
    scripts = sorted(
        script
        for script in FOLDER.glob("bench_*.py")
        if not options.names or any(name in script.stem for name in options.names)
    )
    if not scripts:
        parser.error(f"no benchmark is called {' or '.join(options.names)}")
    failed = []
    for script in scripts:
        print(f"\n=== {script.stem}", flush=True)
        extra = QUICK.get(script.stem, []) if options.quick else []
        if subprocess.run([sys.executable, str(script), *extra], cwd=FOLDER.parents[1]).returncode:
            failed.append(script.stem)
    print(f"\n{len(scripts) - len(failed)} of {len(scripts)} ran" + (f"; not {', '.join(failed)}" if failed else ""))
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
