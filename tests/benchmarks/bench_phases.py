"""How well the phases are told, on synthetic runs with known change points (issue 3, 1).

Run it with `python tests/benchmarks/bench_phases.py [--runs 40] [--seed 0] [--only NAME]`. Every run is judged while it
grows, at a hundred moments, the last of which is its end. What is printed, in per cent of the runs:

- knee, turn: the boundary as told at the end lies within 5 % of the run's length of the true one; one that is not
  told counts as missed;
- soon: phase III was told at most 10 % of the run after the true turn (one moment of the hundred is allowed for);
- early: phase III was told more than 5 % of the run before the true turn;
- false: phase III stands at the end of a run that has no turn; ever: it stood at any moment;
- revoked: at the end of a double descent, the phase III that had been told is said to be revoked.

The curves come from `tests/curves/synthetic_curves.py`.
"""

from __future__ import annotations

import argparse
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "curves"))

import numpy as np
from synthetic_curves import HEALTHY, NOISES, RISES, SHAPES, Made, Noise, double_descent, overfit, valley

from core.curves.phases import Phase, PhaseWatch

LENGTHS = (10, 30, 100, 1_000, 10_000, 100_000, 1_000_000)
NEAR, SOON = 0.05, 0.10
Make = Callable[[np.random.Generator, int, Noise], Made]
Result = dict[str, float]


def moments(made: Made) -> list[float]:
    """Return the shares of the run at which it is judged: every 3 %, and every 1 % around a turn."""
    shares = {float(share) for share in np.arange(1, 101, 3) / 100}
    if made.turn is not None:
        near = np.arange(np.floor(100 * made.turn / made.length) - 4, 101) / 100
        shares |= {float(share) for share in near[near < made.turn / made.length + SOON + 0.02]}
    return sorted(share for share in shares if share > 0)


def online(made: Made) -> Iterator[tuple[float, list[Phase]]]:
    """Judge a run while it grows; yield the share of the run and the phases told."""
    watch = PhaseWatch()
    taken = [0, 0]
    for share in moments(made):
        before = sum(taken)
        for which, (curve, extend) in enumerate(((made.train, watch.extend_train), (made.valid, watch.extend_valid))):
            if curve is not None:
                stop = int(np.searchsorted(curve.step, share * made.length * (1 + 1e-9), "right"))
                extend(curve.step[taken[which] : stop], curve.value[taken[which] : stop])
                taken[which] = stop
        if sum(taken) > before:
            yield float(share), watch.phases()


def stands(phases: list[Phase]) -> bool:
    """Whether phase III is told and not revoked."""
    return bool(phases) and phases[-1].phase == "III" and phases[-1].answer != "revoked"


def judged(made: Made) -> Result:
    """Return what is counted of one run, 0 or 1 each, and the delay of the alarm as a share of the run."""
    told = list(online(made))
    phases = told[-1][1]
    alarms = [share for share, then in told if stands(then)]
    found: Result = {}
    if made.knee is not None:
        ends = [phase.to_step for phase in phases if phase.phase == "I" and phase.to_step is not None]
        found["knee"] = bool(ends) and abs(ends[0] - made.knee) <= NEAR * made.length
    if made.turn is None:
        found["false"], found["ever"] = stands(phases), bool(alarms)
        return found
    turn = made.turn / made.length
    found["early"] = any(share < turn - NEAR for share in alarms)
    after = [share - turn for share in alarms if share >= turn - NEAR]
    found["soon"] = bool(after) and after[0] <= SOON + 0.01
    if after:
        found["delay"] = after[0]
    thirds = [phase for phase in phases if phase.phase == "III"]
    if made.revoked:
        found["revoked"] = bool(thirds) and thirds[0].answer == "revoked"
        found["false"] = stands(phases)
    if thirds:
        found["turn"] = abs(thirds[0].from_step - made.turn) <= NEAR * made.length
    else:
        found["turn"] = False
    return found


def families() -> dict[str, Make]:
    """Return every way to make a run."""

    def with_shape(shape: str) -> Make:
        return lambda random, points, noise: overfit(random, points, noise, shape, str(random.choice(list(RISES))))

    return {
        **{f"overfit: {shape}": with_shape(shape) for shape in SHAPES},
        "overfit: valley": valley,
        "overfit: 100 validations": lambda random, points, noise: overfit(
            random, points, noise, str(random.choice(list(SHAPES))), "straight", valid_points=min(points, 100)
        ),
        **{f"fine: {name}": make for name, make in HEALTHY.items()},
        "double descent": double_descent,
    }


def measured(name: str, make: Make, points: int, noise: Noise, runs: int, seed: int) -> list[Result]:
    """Judge so many runs of one family, length and noise."""
    random = np.random.default_rng([seed, points, zlib.crc32(f"{name}/{noise}".encode())])
    return [judged(make(random, points, noise)) for _ in range(runs)]


def line(title: str, results: list[Result]) -> str:
    """Return the shares of some runs in one line; "-" where nothing is to be counted."""
    cells = []
    for name in ("knee", "turn", "soon", "early", "false", "ever", "revoked"):
        values = [result[name] for result in results if name in result]
        cells.append(f"{100 * np.mean(values):7.1f}" if values else "      -")
    delays = [result["delay"] for result in results if "delay" in result]
    cells.append(f"{100 * np.median(delays):7.1f}" if delays else "      -")
    return f"{title:44}" + "".join(cells)


HEAD = f"{'':44}" + "".join(
    f"{name:>7}" for name in ("knee", "turn", "soon", "early", "false", "ever", "revoke", "delay")
)


def main() -> int:
    """Measure and print; return 1 when a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=40, help="runs of each family, length and noise (fewer if long)")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--only", default="", help="only families whose name contains this")
    arguments.add_argument("--longest", type=int, default=LENGTHS[-1])
    arguments.add_argument("--noise", default="", help="only this noise")
    options = arguments.parse_args()
    everything: dict[tuple[str, int, str], list[Result]] = {}
    begin = perf_counter()
    for name, make in families().items():
        if options.only not in name:
            continue
        for points in (length for length in LENGTHS if length <= options.longest):
            runs = options.runs if points <= 10_000 else max(3, options.runs // (points // 10_000))
            for label, noise in NOISES.items():
                if options.noise in ("", label) and (points >= noise.fewest):
                    everything[name, points, label] = measured(name, make, points, noise, runs, options.seed)
    print(HEAD)
    for which, kind in enumerate(("family", "points", "noise")):
        print(f"by {kind}")
        for value in dict.fromkeys(key[which] for key in everything):
            rows = {key: results for key, results in everything.items() if key[which] == value}
            for group in ("overfit", "fine", "double"):
                chosen = [result for key, results in rows.items() if key[0].startswith(group) for result in results]
                if chosen:
                    print(
                        line(
                            f"  {value:,} {group if which else ''}"
                            if which == 1
                            else f"  {value} {group if which else ''}",
                            chosen,
                        )
                    )
    whole = [result for results in everything.values() for result in results]
    print(line(f"all {len(whole):,} runs, {perf_counter() - begin:.0f} s", whole))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
