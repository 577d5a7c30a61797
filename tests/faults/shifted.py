"""Runs the command that follows by a clock that is so many seconds ahead, or behind."""

from __future__ import annotations

import runpy
import sys
import time

import time_machine


def main() -> None:
    """`shifted.py SECONDS PYTHON -m MODULE ARGUMENTS…`"""
    seconds, _python, _dash_m, module, *arguments = sys.argv[1:]
    sys.argv[1:] = arguments
    with time_machine.travel(time.time() + float(seconds), tick=True):
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
