"""What setup.cfg cannot say: the loops in C, which are left out where there is no compiler."""

from glob import glob

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "slotkit.compiled.loops",
            ["slotkit/compiled/loops.c"],
            depends=glob("slotkit/compiled/*.h"),
            # No product is contracted with a sum: all processors round alike.
            extra_compile_args=[
                *("-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
                "-Wno-psabi",
            ],
            optional=True,
        )
    ]
)
