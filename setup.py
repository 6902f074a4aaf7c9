"""What setup.cfg cannot say: which packages there are, and the loops in C.

The folders `cli` and `corpora` are installed inside `slotkit`. Where there is no compiler, the
loops are left out.
"""

import os
from glob import glob

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

# No product is contracted with a sum: all processors round alike.
FLAGS = [
    *("-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
    "-Wno-psabi",
]
FLAGS_OF_MSVC = ["/O2", "/fp:precise", "/std:c11"]

BESIDE = find_packages(include=["cli", "corpora", "corpora.*"])


class BuildLoops(build_ext):
    """Compile with the flags of the compiler that there is."""

    def build_extensions(self) -> None:
        msvc = self.compiler.compiler_type == "msvc"
        for extension in self.extensions:
            extension.extra_compile_args = FLAGS_OF_MSVC if msvc else FLAGS
        super().build_extensions()


setup(
    packages=[
        *find_packages(include=["slotkit", "slotkit.*"]),
        *(f"slotkit.{package}" for package in BESIDE),
    ],
    package_dir={f"slotkit.{package}": package.replace(".", "/") for package in BESIDE},
    ext_modules=[
        Extension(
            "slotkit.loops.loops",
            ["slotkit/loops/loops.c"],
            depends=glob("slotkit/loops/*.h"),
            optional="SLOTKIT_NEEDS_LOOPS" not in os.environ,  # as wheels that are published do
        )
    ],
    cmdclass={"build_ext": BuildLoops},
)
