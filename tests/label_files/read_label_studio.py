"""Reads what `prelabel` writes for Label Studio with label-studio-sdk 2.1.2: python read_label_studio.py TASKS OUT.npz

The SDK checks every prediction against the labelling configuration beside the tasks; strokes are unpacked by its
converter. OUT: (H, W) uint8 by task and type, 1 where it is marked; nothing for polygons.
"""

import json
import sys
from pathlib import Path

import numpy as np
from label_studio_sdk.converter.brush import decode_rle
from label_studio_sdk.label_interface import LabelInterface


def main(source, out):
    interface = LabelInterface(source.with_suffix(".config.xml").read_text())
    found = {}
    for number, task in enumerate(json.loads(source.read_text())):
        for prediction in task["predictions"]:
            assert interface.validate_prediction(prediction), prediction
            for result in prediction["result"]:
                value = result["value"]
                if "rle" in value:
                    flat = decode_rle(value["rle"])
                    alpha = flat.reshape(result["original_height"], result["original_width"], 4)[..., 3]
                    found[f"{number}.{value['brushlabels'][0]}"] = (alpha > 0).astype(np.uint8)
    np.savez(out, **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
