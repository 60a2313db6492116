"""What the worker of the tests does."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path


def handle(request: object) -> object:
    if request == "hang":
        while True:
            time.sleep(0)
    if request == "die":
        os._exit(3)
    if request == "raise":
        raise ValueError("on purpose")
    if request == "print":
        sys.stdout.write("noise on the standard output")
    if request == "surroundings":
        return {
            "path": sys.path,
            "folder": str(Path.cwd()),
            "environment": sorted(os.environ),
            "flags": sys.flags.safe_path,
        }
    if request == "order":
        return list({"a", "b", "c", "d", "e"})
    if request == "write":
        with tempfile.TemporaryFile("w") as file:
            file.write("x")
    return request
