#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of scripts/conformance: that it finds what is wrong with a table, and reads the logs of a run."""
import importlib.machinery
import importlib.util
import os
import sys
import unittest

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "conformance")
loader = importlib.machinery.SourceFileLoader("conformance", PATH)
sys.dont_write_bytecode = True
conformance = importlib.util.module_from_spec(importlib.util.spec_from_loader("conformance", loader))
loader.exec_module(conformance)


def row(**changes):
    line = {"rfc": "9293", "id": "MUST-1", "section": "3.1", "level": "MUST", "status": "met", "requirement": "a thing",
            "code": "ack.c:etp_ack", "tests": "etp_ack.ack_frees", "note": ""}
    return {**line, **changes}


class Run(conformance.Run):
    """A run whose logs are given."""

    def __init__(self, kunit="", **programs):       # pylint: disable=super-init-not-called
        self.kernel, self.passed, self.failed, self.programs = "k", set(), set(), len(programs)
        self.kunit = self.ktap(kunit)
        for name, text in programs.items():
            self.tap(name.replace("_sh", ".sh"), text)


class Table(unittest.TestCase):
    def test_a_good_line_is_good(self):
        self.assertEqual([], list(conformance.form(1, row())))

    def test_bad_lines_are_found(self):
        for change in ({"rfc": "1"}, {"level": "WILL"}, {"status": "maybe"}, {"requirement": ""}, {"tests": ""},
                       {"status": "not met"}, {"status": "n/a"}, {"status": "not met", "note": "why", "level": "MUST"}):
            self.assertTrue(list(conformance.form(1, row(**change))), change)

    def test_what_is_missing_or_twice_is_found(self):
        table = list(enumerate(conformance.rows()))
        table = [line for _, line in table]
        self.assertEqual([], list(conformance.whole(table)))
        self.assertTrue(list(conformance.whole(table[1:])))
        self.assertTrue(list(conformance.whole(table + table[:1])))
        self.assertTrue(list(conformance.whole([line for line in table if line[1]["rfc"] != "2883"])))


class Proof(unittest.TestCase):
    sources = conformance.Sources()

    def test_places_and_tests_must_exist(self):
        self.assertEqual([], list(conformance.proof(row(), self.sources, [])))
        for change in ({"code": "ack.c:etp_no_such"}, {"code": "nofile.c:etp_ack"}, {"tests": "etp_ack.no_such"},
                       {"tests": "no_test.ack_frees"}):
            self.assertTrue(list(conformance.proof(row(**change), self.sources, [])), change)

    def test_unit_tests_are_read(self):
        log = ("[    1.0]     ok 1 ack_frees\n[    1.0]     not ok 2 ack_karn\n[    1.0] not ok 3 etp_ack\n"
               "[    1.0]         ok 1 state 1\n[    1.0]     ok 1 cell_walk\n[    1.0]     ok 2 other # SKIP no\n"
               "[    1.0] ok 4 etp_cell\n")
        run = Run(log)
        self.assertTrue(run.judges("etp_ack.ack_frees"))
        self.assertIs(False, run.judges("etp_ack.ack_karn"))
        self.assertTrue(run.judges("etp_cell.cell_walk"))
        self.assertIs(False, run.judges("etp_cell.other"))
        self.assertIsNone(run.judges("close_test.four_ways"))
        self.assertTrue(list(conformance.proof(row(tests="etp_ack.ack_karn"), self.sources, [run])))

    def test_programs_are_read(self):
        run = Run(close_test="ok 1 way.ipv4.four_ways\nok 2 way.ipv6.four_ways\nok 3 way.ipv4.other\n"
                             "not ok 4 way.ipv6.other\nok 5 # SKIP not here\n", proc_sh="ok 1 - a knob is turned\n")
        self.assertTrue(run.judges("close_test.four_ways"))
        self.assertIs(False, run.judges("close_test.other"))
        self.assertTrue(run.judges("proc.sh.a_knob_is_turned"))
        self.assertIsNone(run.judges("etp_ack.ack_frees"))


if __name__ == "__main__":
    unittest.main()
