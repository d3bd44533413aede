#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the tests of this directory and tells of them in TAP: tap.py DIRECTORY-OF-THE-BUILT-TOOLS"""
import os
import sys
import unittest


class Tap(unittest.TestResult):
    """One line for each test; of a failure, the reason as comments before it."""

    def tell(self, test, line, why=""):
        for part in why.splitlines():
            print(f"# {part}")
        name = test.id().rsplit(".", 2)
        print(f"{line} {self.testsRun} {name[-2]}: {name[-1].removeprefix('test_').replace('_', ' ')}", end="")

    def addSuccess(self, test):
        self.tell(test, "ok")
        print(flush=True)

    def addSkip(self, test, reason):
        self.tell(test, "ok")
        print(f" # SKIP {reason}", flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, "not ok", self.failures[-1][1])
        print(flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, "not ok", self.errors[-1][1])
        print(flush=True)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    sys.dont_write_bytecode = True
    suite = unittest.defaultTestLoader.discover(here, pattern="*_test.py")
    print("TAP version 13")
    print(f"1..{suite.countTestCases()}")
    result = Tap()
    suite.run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
