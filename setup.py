"""The compiled kernel (`matcher/kernel`): built where there is a C compiler, left out where there is none.

Everything else stands in pyproject.toml. One file serves every Python from 3.11 on (the stable interface).
"""

from __future__ import annotations

import sys

from setuptools import Extension, setup

# no fused multiply-add: the same bits as NumPy on every machine; the machine's own instructions are chosen when it runs
FLAGS = (
    ["/O2", "/fp:precise"] if sys.platform == "win32" else ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno"]
)

setup(
    ext_modules=[
        Extension(
            "matcher.kernel._native",
            ["matcher/kernel/_native.c"],
            extra_compile_args=FLAGS,
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
