"""The experiments of `imde-sym learn`, one after the other: python benchmarks/learning.py [NAME ...] [--full] [--save FOLDER]
or [--redraw FOLDER]

Networks are trained through real solvers and held against the ODE, its inverse modified equation and the prediction.
With --save each experiment leaves NAME.json (settings, machine, seconds, results) and NAME.svg there; --redraw draws the
figures of a folder from the JSON that is there, without any training.
Needs the extras `learn` and `plot`.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from time import perf_counter
from typing import Any

from imde_sym.experiments.experiments import EXPERIMENTS, experiment


def rounded(value: Any) -> Any:
    """Numbers of the long curves with the digits that a reader can use."""
    if isinstance(value, list) and value and isinstance(value[0], float | list):
        return [float(f"{v:.8g}") if isinstance(v, float) else rounded(v) for v in value]
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(EXPERIMENTS)} (default: all)")
    parser.add_argument("--full", action="store_true", help="the size of the paper: hours, less on a GPU")
    parser.add_argument("--save", type=Path, help="folder for the figures as JSON and SVG")
    parser.add_argument("--redraw", type=Path, help="folder whose figures are drawn anew from their JSON")
    options = parser.parse_args()
    if options.redraw:
        for name in options.names or EXPERIMENTS:
            rows = json.loads((options.redraw / f"{name}.json").read_text(encoding="utf-8"))["results"]
            experiment(name).plot(rows).savefig(options.redraw / f"{name}.svg")
        return
    total = 0.0
    for name in options.names or EXPERIMENTS:
        chosen, start = experiment(name), perf_counter()
        study = chosen.study("full" if options.full else "normal")
        study.run(workers=os.cpu_count())
        seconds = perf_counter() - start
        total += seconds
        print(f"{chosen.title} ({seconds:.0f} s)\n{chosen.report(study)}\n", flush=True)
        if options.save:
            options.save.mkdir(parents=True, exist_ok=True)
            rows = [{k: rounded(v) for k, v in row.items()} for row in study.results()]
            about = {"experiment": name, "seconds": round(seconds, 1), "cores": os.cpu_count(), "results": rows}
            (options.save / f"{name}.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
            chosen.plot(study.results()).savefig(options.save / f"{name}.svg")
    print(f"{total:.0f} s in all on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
