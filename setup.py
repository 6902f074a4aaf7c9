"""What setup.cfg cannot say: which packages there are, and the loops in C.

The folders `cli` and `corpora` are installed inside `slotkit`. Where there is no compiler, the
loops are left out.
"""

from glob import glob

from setuptools import Extension, find_packages, setup

BESIDE = find_packages(include=["cli", "corpora", "corpora.*"])

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
            # No product is contracted with a sum: all processors round alike.
            extra_compile_args=[
                *("-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
                "-Wno-psabi",
            ],
            optional=True,
        )
    ],
)
