"""`python -m benchmarks [TOPIC]`: measure, print rows, fail when a bound is missed."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import features, intake, main_job, models, policy, simulation
from features.console import print_json, stderr
from features.settings import Settings
from training.figures import all_hold, as_json, write

#: Topics that need the reference data, and topics that need nothing.
ON_REFERENCE = {"main_job": main_job.measure}
ALONE = {
    "simulation": simulation.measure,
    "policy": policy.measure,
    "intake": intake.measure,
    "features": features.measure,
    "models": models.measure,
}
#: Measured only where they are named: they take long, and promise nothing.
ONLY_NAMED = {"features_nation": features.measure_nation}
TOPICS = (*ON_REFERENCE, *ALONE, *ONLY_NAMED)


def main() -> int:
    """Measure the topics asked for, all of them if none is named."""
    asked = sys.argv[1:] or [*ON_REFERENCE, *ALONE]
    unknown = [topic for topic in asked if topic not in TOPICS]
    if unknown:
        stderr.print(f"no topic {unknown[0]!r}; there are: {', '.join(TOPICS)}")
        return 2
    settings = Settings.from_environment(os.environ)
    reference = settings.reference_data
    if reference is None and any(topic in ON_REFERENCE for topic in asked):
        stderr.print("set SUKSESI_REFERENCE_DATA to the folder that holds uk_ministers/")
        return 2
    figures = []
    for topic in asked:
        with tempfile.TemporaryDirectory(prefix="suksesi-bench-") as space:
            if topic not in ON_REFERENCE:
                measured = {**ALONE, **ONLY_NAMED}[topic](Path(space))
            elif reference is not None:
                measured = ON_REFERENCE[topic](Path(space), reference)
            else:
                continue
        # Apart from what `suksesi simulate --report` keeps under the same name.
        write(measured, settings.home, topic if topic in ON_REFERENCE else f"speed_{topic}")
        figures += measured
    print_json(as_json(figures))
    return 0 if all_hold(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
