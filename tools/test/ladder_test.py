#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of scripts/ladder: the states it derives from segments, and its drawing."""
import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "ladder")
loader = importlib.machinery.SourceFileLoader("ladder", PATH)
sys.dont_write_bytecode = True
ladder = importlib.util.module_from_spec(importlib.util.spec_from_loader("ladder", loader))
sys.modules["ladder"] = ladder      # dataclasses look their module up
loader.exec_module(ladder)

BITS = {"S": ladder.SYN, "F": ladder.FIN, "R": ladder.RST, ".": ladder.ACK, "P": ladder.PSH}
A, B = ("10.0.0.1", 1111), ("10.0.0.2", 80)


def segment(text):
    """'a S. 0 1 10': who sends, flags, sequence number, acknowledgement, length."""
    who, flags, *numbers = text.split()
    seq, ack, length = [int(n) for n in numbers + ["0", "0", "0"]][:3]
    bits = 0
    for flag in flags:
        bits |= BITS[flag]
    src, dst = (A, B) if who == "a" else (B, A)
    return ladder.Segment(time=1.0, protocol=253, src=src, dst=dst, flags=bits, seq=seq % ladder.WORD,
                          ack=ack % ladder.WORD, length=length, window=1000, mss="", wscale="",
                          sack_permitted=False, timestamp=("", ""), sack=[])


def states(*texts):
    return [step.states for step in ladder.climb([segment(t) for t in texts]).steps]


OPEN = ("a S 100", "b S. 500 101", "a . 101 501")


class States(unittest.TestCase):
    def test_handshake(self):
        self.assertEqual(states(*OPEN), [("SYN-SENT", "SYN-RECEIVED"), ("ESTABLISHED", "SYN-RECEIVED"),
                                         ("ESTABLISHED", "ESTABLISHED")])

    def test_four_way_close(self):
        self.assertEqual(states(*OPEN, "a F. 101 501", "b . 501 102", "b F. 501 102", "a . 102 502")[3:],
                         [("FIN-WAIT-1", "CLOSE-WAIT"), ("FIN-WAIT-2", "CLOSE-WAIT"),
                          ("TIME-WAIT", "LAST-ACK"), ("TIME-WAIT", "CLOSED")])

    def test_fin_with_the_ack_of_a_fin(self):
        self.assertEqual(states(*OPEN, "b F. 501 101", "a F. 101 502", "b . 502 102")[3:],
                         [("CLOSE-WAIT", "FIN-WAIT-1"), ("LAST-ACK", "TIME-WAIT"), ("CLOSED", "TIME-WAIT")])

    def test_simultaneous_close(self):
        # neither FIN acknowledges the other
        self.assertEqual(states(*OPEN, "a F. 101 501", "b F. 501 101", "a . 102 502", "b . 502 102")[4:],
                         [("CLOSING", "CLOSING"), ("CLOSING", "TIME-WAIT"), ("TIME-WAIT", "TIME-WAIT")])

    def test_simultaneous_open(self):
        self.assertEqual(states("a S 100", "b S 500", "a S. 100 501", "b S. 500 101")[1:],
                         [("SYN-RECEIVED", "SYN-RECEIVED"), ("SYN-RECEIVED", "ESTABLISHED"),
                          ("ESTABLISHED", "ESTABLISHED")])

    def test_refused(self):
        drawn = ladder.climb([segment("a S 100"), segment("b R. 0 101")])
        self.assertEqual(drawn.start, ("CLOSED", "CLOSED"))
        self.assertEqual([step.states for step in drawn.steps], [("SYN-SENT", "CLOSED"), ("CLOSED", "CLOSED")])

    def test_half_close_carries_data(self):
        self.assertEqual(states(*OPEN, "a F. 101 501", "b . 501 102", "b P. 501 102 1000", "a . 102 1501")[-1],
                         ("FIN-WAIT-2", "CLOSE-WAIT"))

    def test_sequence_numbers_wrap(self):
        top = ladder.WORD - 2
        found = states(f"a S {top}", f"b S. {top} {top + 1}", f"a . {top + 1} {top + 1}",
                       f"a F. {top + 1} {top + 1}", f"b . {top + 1} {top + 2}")
        self.assertEqual(found[-1], ("FIN-WAIT-2", "CLOSE-WAIT"))

    def test_a_capture_that_began_late(self):
        drawn = ladder.climb([segment("b P. 9000 77 10"), segment("a . 77 9010")])
        self.assertEqual(drawn.start, ("ESTABLISHED", "ESTABLISHED"))
        self.assertIn("seq=0 ack=0 len=10", drawn.steps[0].label)
        self.assertIn("seq=0 ack=10", drawn.steps[1].label)

    def test_a_connection_after_another_has_its_own_numbers(self):
        drawn = ladder.climb([segment(t) for t in OPEN + ("a S 90000", "b . 501 101", "a R 101")])
        self.assertIn("SYN seq=0 ", drawn.steps[3].label)
        self.assertIn("seq=1 ack=1 ", drawn.steps[4].label)
        self.assertIn("seq=1 ", drawn.steps[5].label)

    def test_probes_are_named(self):
        drawn = ladder.climb([segment(t) for t in OPEN + ("a . 100 501", "b . 501 101")])
        self.assertEqual([step.notes for step in drawn.steps[3:]], [["probe"], []])

    def test_the_one_that_asks_is_at_the_left(self):
        self.assertEqual(ladder.climb([segment("b S 1")]).left, "10.0.0.2:80")
        self.assertEqual(ladder.climb([segment("b S. 1 2")]).left, "10.0.0.1:1111")

    def test_repeated_segments_are_named(self):
        drawn = ladder.climb([segment(t) for t in OPEN + ("a P. 101 501 10", "a P. 101 501 10")])
        self.assertEqual([step.notes for step in drawn.steps[3:]], [[], ["again"]])


class Ends(unittest.TestCase):
    """Two captures of the same segments, one from each end."""

    @staticmethod
    def at(time, text):
        one = segment(text)
        one.time = time
        return one

    def test_sent_is_the_earlier_time(self):
        left = [self.at(1.0, "a S 100"), self.at(1.04, "b S. 500 101")]
        right = [self.at(1.02, "a S 100"), self.at(1.021, "b S. 500 101")]
        for here, there in ((left, right), (right, left)):
            found = ladder.meet([self.at(s.time, t) for s, t in zip(here, ("a S 100", "b S. 500 101"))],
                                [self.at(s.time, t) for s, t in zip(there, ("a S 100", "b S. 500 101"))])
            self.assertEqual([(s.time, s.arrived, s.lost) for s in found], [(1.0, 1.02, False), (1.021, 1.04, False)])

    def test_what_one_end_saw_was_lost(self):
        found = ladder.meet([self.at(1.0, "a P. 1 1 10"), self.at(2.0, "a P. 1 1 10")], [self.at(1.5, "b . 1 1")])
        self.assertEqual([s.lost for s in found], [True, True, True])

    def test_the_same_segment_twice(self):
        found = ladder.meet([self.at(1.0, "a . 1 1"), self.at(2.0, "a . 1 1")],
                            [self.at(1.1, "a . 1 1"), self.at(2.1, "a . 1 1")])
        self.assertEqual([(s.time, s.arrived) for s in found], [(1.0, 1.1), (2.0, 2.1)])


class Windows(unittest.TestCase):
    @staticmethod
    def shown(left, right):
        texts = [segment(t) for t in OPEN]
        texts[0].wscale, texts[1].wscale = left, right
        return [step.label.split("win=")[1] for step in ladder.climb(texts).steps]

    def test_scaled_but_not_in_a_syn(self):
        self.assertEqual(self.shown("7", "2"), ["1000", "1000", "128000"])

    def test_not_scaled_unless_both_said_so(self):
        self.assertEqual(self.shown("7", ""), ["1000", "1000", "1000"])
        self.assertEqual(self.shown("", "7"), ["1000", "1000", "1000"])


TRACE = """\
# tracer: nop
     python3-1 [000] ..... 1.500000: etp_set_state: who=0000 [::]:80 [::]:0 CLOSED -> LISTEN on passive open
     python3-1 [000] ..... 1.999990: etp_set_state: who=0001 [::ffff:10.0.0.1]:1111 [::ffff:10.0.0.2]:80 CLOSED -> SYN_SENT on active open
      <idle>-0 [000] .Ns2. 2.020010: etp_set_state: who=0002 [::ffff:10.0.0.2]:80 [::ffff:10.0.0.1]:1111 LISTEN -> SYN_RECV on SYN
     python3-1 [000] ..... 2.030000: tracing_mark_write: right: thinks
      <idle>-0 [000] .Ns2. 2.030000: etp_set_state: who=0003 [::ffff:10.0.0.2]:81 [::ffff:10.0.0.1]:1111 LISTEN -> SYN_RECV on SYN
"""


class Picture(unittest.TestCase):
    def scene(self, isn=100, trace=TRACE):
        left = [Ends.at(2.0, f"a S {isn}"), Ends.at(2.06, f"b S. 500 {isn + 1}"), Ends.at(2.07, f"a . {isn + 1} 501")]
        right = [Ends.at(2.02, f"a S {isn}"), Ends.at(2.04, f"b S. 500 {isn + 1}")]
        with tempfile.NamedTemporaryFile("w", suffix=".trace") as f:
            f.write(trace)
            f.flush()
            return ladder.scene(ladder.meet(left, right), ("Title", "A caption & more", ("A", "B")), f.name, True)

    def test_states_come_from_the_trace(self):
        drawn = self.scene()
        self.assertEqual(drawn.start, ("CLOSED", "LISTEN"))
        self.assertEqual([(c.side, c.state, c.text) for c in drawn.changes],
                         [(0, "SYN-SENT", "active open"), (1, "SYN-RECEIVED", ""), (1, "", "thinks")])

    def test_nothing_before_the_beginning(self):
        marker = "     python3-1 [000] ..... 2.010000: tracing_mark_write: ladder: begin\n"
        drawn = self.scene(trace=TRACE + marker)
        self.assertEqual(drawn.start, ("SYN-SENT", "LISTEN"))
        self.assertEqual([arrow.flags for arrow in drawn.arrows], ["SYN,ACK", "ACK"])

    def test_the_same_file_whatever_the_sequence_numbers(self):
        self.assertEqual(ladder.ladder_svg.render(self.scene(100)), ladder.ladder_svg.render(self.scene(4000000)))

    def test_it_is_a_drawing(self):
        tree = xml.etree.ElementTree.fromstring(ladder.ladder_svg.render(self.scene()))
        space = "{http://www.w3.org/2000/svg}"
        texts = ["".join(t.itertext()) for t in tree.iter(space + "text")]
        self.assertIn("SYN,ACK seq=0 ack=1 win=1000", texts)
        self.assertIn("A caption & more", texts)
        self.assertIn("SYN-RECEIVED", texts)
        # the last ACK was seen at one end only: a cross, of ground and ink
        crosses = [p for p in tree.iter(space + "path") if "l12 12" in p.get("d")]
        self.assertEqual(len(crosses), 2)

    def test_who_is_later_is_lower(self):
        drawn = self.scene()
        points = ladder.ladder_svg.points_of(drawn)
        ladder.ladder_svg.place(drawn, points, 100)
        heights = [point.y for point in points]
        self.assertEqual(heights, sorted(heights))
        self.assertEqual(len(points), 3 + 2 + 3)


class Connections(unittest.TestCase):
    def test_the_same_ends_twice(self):
        first = OPEN + ("a R. 101 501",)
        found = ladder.connections([segment(t) for t in first + OPEN])
        self.assertEqual([len(c) for c in found], [4, 3])

    def test_a_repeated_syn_is_the_same_connection(self):
        found = ladder.connections([segment(t) for t in ("a S 100", "a S 100", "b S. 500 101")])
        self.assertEqual(len(found), 1)


class Drawing(unittest.TestCase):
    def lines(self, width, ascii_only=True, data=0, limit=40):
        texts = OPEN + tuple(f"a P. {101 + n * 10} 501 10" for n in range(data)) + ("a F. 101 501",)
        drawn = ladder.climb([segment(t) for t in texts])
        ladder.shorten(drawn, limit)
        return ladder.render_text(drawn, width, ascii_only)

    def test_no_line_is_wider_than_asked(self):
        for width in (60, 80, 100, 200):
            self.assertLessEqual(max(map(len, self.lines(width))), width)

    def test_ascii_is_ascii(self):
        self.assertTrue("\n".join(self.lines(80)).isascii())

    def test_arrows_point_to_the_receiver(self):
        syn, syn_ack = [line for line in self.lines(100) if "SYN seq" in line or "SYN ACK" in line]
        self.assertIn("->|", syn)
        self.assertIn("|<-", syn_ack)

    def test_the_middle_is_left_out(self):
        lines = self.lines(100, data=100, limit=20)
        told = [line for line in lines if "segments more" in line]
        self.assertEqual(len(told), 1)
        self.assertLess(len(lines), 30)
        self.assertIn("FIN", lines[-1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
