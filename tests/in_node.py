"""Runs the page's modules in Node, where there is one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import slotkit

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")


def in_node(script: str, given: Any) -> Any:
    """Run a script that answers `given` by `answer`, both JSON; modules are those of the package.

    Raises
    ------
    AssertionError
        If the script fails.
    """
    reads = 'import { readFileSync as read } from "node:fs";\nconst given = JSON.parse(read(0));\n'
    writes = "const answer = (value) => process.stdout.write(JSON.stringify(value));\n"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", reads + writes + script],
        cwd=Path(slotkit.__file__).parent,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
