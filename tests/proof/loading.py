"""`python -m tests.proof.loading MIB GATED`: loads the models whose folders it reads, a line each, in so much memory.

The first so many that load also go through the gate.
"""

import json
import resource
import sys
from math import isfinite
from pathlib import Path

from model.artifact import ArtifactError
from model.classifier import Classifier
from model.registry import gate

TEXT = "You stupid, worthless idiot. Read https://example.org now!"


def main(mib: int, gated: int) -> None:
    """Prints for each folder `refused`, `scores` or what broke; and last by how many bytes the memory grew."""
    own = Classifier.load(compiled=False)
    own.score([TEXT])
    began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (mib << 20),) * 2)
    for line in sys.stdin:
        outcome = _outcome(Path(line.strip()), own if gated > 0 else None)
        gated -= outcome == "scores"
        print(json.dumps(outcome), flush=True)  # noqa: T201
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began) << 10, flush=True)  # noqa: T201


def _outcome(folder: Path, against: Classifier | None) -> str:
    try:
        one = Classifier.load(folder, compiled=False)
        scores = [score for scored in one.score([TEXT, "", "x"]) for score in scored.scores.values()]
        if against:
            gate(one, against)
    except ArtifactError:
        return "refused"
    except Exception as broken:  # noqa: BLE001  # whatever it is, the parent wants to know
        return f"broke: {broken!r}"
    return "scores" if all(isfinite(score) and 0 < score < 1 for score in scores) else f"scores what is none: {scores}"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
