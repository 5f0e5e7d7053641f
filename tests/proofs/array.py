"""`make proof-array`: simulated arrays solved against their truth, seed by seed, as JSON.

Six cameras of 1280x720 px stand 0.5 to 0.9 m around a tray; a ChArUco board of 240 x 180 mm is shown in 40
places, often in part; the corners are seen with 0.2 px of noise. Places are compared in the frame of the
first camera, without any fit. The exit code is 1 when a camera of any seed is further off than is promised.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from booth.calibration.array.extrinsics import calibrate
from booth.calibration.poses import angle_deg, distance_mm, inverse
from tests.calibration.simulated_array import SimulatedArray, simulate

BOARD_POSES = 40
PROMISED_MM, PROMISED_DEG = 0.5, 0.05


def main() -> int:
    """Solve every seed and print what came out."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--poses", type=int, default=BOARD_POSES)
    options.add_argument("--noise", type=float, default=0.2)
    chosen = options.parse_args()
    with threadpool_limits(1):  # as the booth runs: small matrices, split over cores, wait for each other
        rows = [solved(simulate(seed, chosen.poses, chosen.noise)) for seed in range(chosen.seeds)]
    worst_mm, worst_deg = max(row["worst_mm"] for row in rows), max(row["worst_deg"] for row in rows)
    kept = worst_mm <= PROMISED_MM and worst_deg <= PROMISED_DEG
    summary = {"worst_mm": worst_mm, "worst_deg": worst_deg, "kept": kept}
    print(json.dumps({**vars(chosen), **summary, "runs": rows}, indent=2))
    return 0 if kept else 1


def solved(array: SimulatedArray) -> dict[str, Any]:
    """How far the worst camera lies from the truth, and what the solver says of itself."""
    outcome = calibrate(array.board, array.sightings, array.lenses)
    poses = {camera_id: np.array(pose).reshape(4, 4) for camera_id, pose in outcome.poses.items()}
    first = next(iter(array.cameras))
    ours, truly = inverse(poses[first]), inverse(array.cameras[first].pose())
    pairs = [(ours @ poses[name], truly @ camera.pose()) for name, camera in array.cameras.items()]
    results = outcome.results
    return {
        "worst_mm": round(max(distance_mm(*pair) for pair in pairs), 4),
        "worst_deg": round(max(angle_deg(*pair) for pair in pairs), 5),
        "rms_px": results["rms_px"],
        "points": results["points"],
        "views": len(array.sightings),
        "solve_s": results["solve_s"],
    }


if __name__ == "__main__":
    sys.exit(main())
