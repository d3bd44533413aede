#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of `etp run`: which sockets it exchanges, and what it refuses.

Where the module is loaded they run on it; elsewhere stand-in.so takes its part.
Usage: run_test.py DIRECTORY-OF-THE-BUILT-TOOLS
"""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

TOOLS = sys.argv.pop(1) if len(sys.argv) > 1 else "build/tools"
ETP = os.path.join(TOOLS, "etp")
# the interpreter itself: a wrapper script would be the program under test
PYTHON = os.path.realpath(sys.executable)
# what a program sees of its own sockets: the kernel's protocol number, or an errno
PROBE = """
import socket, sys
for family, kind, proto in eval(sys.argv[1]):
    try:
        with socket.socket(family, kind, proto) as s:
            print(s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL), end=" ")
    except OSError as error:
        print("errno", error.errno, end=" ")
"""
INET, INET6, UNIX = 2, 10, 1
STREAM, DGRAM = 1, 2
NONBLOCK_CLOEXEC = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


def module_is_loaded():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, 253).close()
        return True
    except OSError:
        return False


LOADED = module_is_loaded()


def etp(*args, stand_in=True, env=None, user=None):
    """Runs etp and returns what became of it."""
    env = {**os.environ, **(env or {})}
    if stand_in and not LOADED:
        env["LD_PRELOAD"] = os.path.join(os.path.abspath(TOOLS), "test", "stand-in.so")
    return subprocess.run([ETP, *args], capture_output=True, text=True, env=env, user=user,
                          check=False)


def probe(*options, sockets):
    done = etp("run", *options, PYTHON, "-c", PROBE, repr(sockets))
    return done.stdout.split(), done.stderr


class Sockets(unittest.TestCase):
    def test_streams_of_both_families_and_protocols(self):
        sockets = [(f, k, p) for f in (INET, INET6) for k in (STREAM, STREAM | NONBLOCK_CLOEXEC)
                   for p in (0, socket.IPPROTO_TCP)]
        self.assertEqual(probe("-p", sockets=sockets)[0], ["253"] * 8)

    def test_others_are_left_alone(self):
        sockets = [(INET, DGRAM, 0), (INET6, DGRAM, 0), (UNIX, STREAM, 0)]
        self.assertEqual(probe("-p", sockets=sockets)[0], ["17", "17", "0"])

    def test_errors_are_the_kernels(self):
        # EPROTONOSUPPORT, EAFNOSUPPORT, EINVAL
        sockets = [(INET, STREAM, 77), (200, STREAM, 0), (INET, 0x40, 0)]
        self.assertEqual(probe(sockets=sockets)[0], "errno 93 errno 97 errno 22".split())

    def test_so_protocol_is_what_the_program_asked_for(self):
        self.assertEqual(probe(sockets=[(INET, STREAM, 0), (INET, DGRAM, 0)])[0], ["6", "17"])

    def test_one_family_only(self):
        sockets = [(INET, STREAM, 0), (INET6, STREAM, 0)]
        self.assertEqual(probe("-p", "-4", sockets=sockets)[0], ["253", "6"])
        self.assertEqual(probe("-p", "-6", sockets=sockets)[0], ["6", "253"])

    def test_verbose_reports_each_socket(self):
        said = probe("-v", sockets=[(INET, STREAM, 0), (INET6, STREAM, 6), (UNIX, STREAM, 0)])[1]
        lines = [line for line in said.splitlines() if line.startswith("etp: pid ")]
        self.assertEqual(len(lines), 2, said)
        self.assertIn("socket(AF_INET, SOCK_STREAM, 0) is ETP, fd 3", lines[0])
        self.assertIn("socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) is ETP, fd 3", lines[1])

    def test_quiet_without_verbose(self):
        self.assertEqual(probe(sockets=[(INET, STREAM, 0)])[1], "")

    def test_a_report_never_goes_into_a_file_that_took_the_number_of_stderr(self):
        code = ("import os, socket\nr, w = os.pipe(); os.dup2(w, 2); socket.socket()\n"
                "os.set_blocking(r, False)\ntry: print(os.read(r, 100))\n"
                "except BlockingIOError: print('clean')")
        self.assertEqual(etp("run", "-v", PYTHON, "-c", code).stdout, "clean\n")

    def test_children_inherit(self):
        code = f"import subprocess; subprocess.run([{PYTHON!r}, '-c', {PROBE!r}, '[(2, 1, 0)]'])"
        self.assertEqual(etp("run", "-p", PYTHON, "-c", code).stdout.split(), ["253"])

    def test_many_threads(self):
        code = ("import socket, threading\nbad = []\n"
                "def work():\n"
                "  for _ in range(500):\n"
                "    with socket.socket() as s:\n"
                "      if s.getsockopt(1, socket.SO_PROTOCOL) != 253: bad.append(1)\n"
                "threads = [threading.Thread(target=work) for _ in range(8)]\n"
                "[t.start() for t in threads]; [t.join() for t in threads]; print(len(bad))")
        self.assertEqual(etp("run", "-p", PYTHON, "-c", code).stdout, "0\n")

    @unittest.skipUnless(LOADED, "no module")
    def test_data_goes_over_etp(self):
        code = ("import socket\nl = socket.create_server(('127.0.0.1', 0))\n"
                "c = socket.create_connection(l.getsockname())\ns, _ = l.accept()\n"
                "c.sendall(b'x' * 100); print(len(s.recv(100)), s.getsockopt(1, 38))")
        self.assertEqual(etp("run", "-p", PYTHON, "-c", code).stdout, "100 253\n")


class Programs(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="etp-run-test.")
        os.chmod(self.dir, 0o755)
        self.addCleanup(shutil.rmtree, self.dir)

    def file(self, name, text, mode=0o755):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def expect(self, status, word, *args, **more):
        done = etp("run", *args, **more)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(word, done.stderr)

    def test_the_programs_own_status_and_arguments(self):
        done = etp("run", "sh", "-c", "echo $1; exit 5", "-", "-v")
        self.assertEqual((done.returncode, done.stdout), (5, "-v\n"))

    def test_usage(self):
        for args in ([], ["walk"], ["run"], ["run", "-z", "true"], ["run", "-v"]):
            done = etp(*args)
            self.assertEqual(done.returncode, 64, args)
            self.assertIn("etp run [-v]", done.stderr)
        self.assertIn("EXIT STATUS", etp("--help").stdout)

    def test_not_found(self):
        self.expect(127, "not found", "there-is-no-such-program")
        self.expect(127, "not found", "/there/is/none")

    def test_not_executable(self):
        self.expect(126, "denied", self.file("data", "text", 0o644))
        self.expect(126, "denied", self.dir)

    def test_path_is_searched_as_a_shell_does(self):
        self.file("tool", "#!/bin/sh\nexit 3\n")
        env = {"PATH": f"/nowhere:{self.dir}:{os.environ['PATH']}"}
        self.expect(3, "", "tool", env=env)

    @unittest.skipIf(LOADED, "the module is loaded")
    def test_no_module(self):
        self.expect(69, "load the module", "true", stand_in=False)

    def test_no_library(self):
        self.expect(70, "none.so", "true", env={"ETP_PRELOAD": "/none.so"})
        alone = os.path.join(self.dir, "etp")
        shutil.copy(ETP, alone)
        done = subprocess.run([alone, "run", "true"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 70, done.stderr)

    def test_static_program(self):
        static = os.path.join(TOOLS, "test", "static")
        self.expect(65, "is a static program", static)
        self.expect(0, "warning", "-f", static)

    def test_static_interpreter(self):
        static = os.path.abspath(os.path.join(TOOLS, "test", "static"))
        self.expect(65, static, self.file("script", f"#!{static} -x\n"))
        self.expect(65, static, self.file("outer", f"#!{self.dir}/script\n"))

    def test_interpreter_found_by_env(self):
        static = os.path.abspath(os.path.join(TOOLS, "test", "static"))
        env = {"PATH": f"{os.path.dirname(static)}:{os.environ['PATH']}"}
        self.expect(65, static, self.file("script", "#!/usr/bin/env static\n"), env=env)
        self.expect(0, "", self.file("good", "#!/usr/bin/env sh\nexit 0\n"))

    def test_scripts(self):
        self.expect(4, "", self.file("script", "#!/bin/sh\nexit 4\n"))
        self.expect(4, "", self.file("bare", "exit 4\n"))

    def test_go_program(self):
        # a program of ours with the note that Go's linker leaves: it must be refused though it is dynamic
        go = os.path.join(self.dir, "go")
        with open(ETP, "rb") as f:
            image = bytearray(f.read())
        offset, size, count = struct.unpack_from("<Q", image, 32)[0], 56, struct.unpack_from("<H", image, 56)[0]
        for at in range(offset, offset + size * count, size):
            if struct.unpack_from("<I", image, at)[0] == 4:
                note = struct.unpack_from("<Q", image, at + 8)[0]
                image[note + 12:note + 16] = b"Go\0\0"
        with open(go, "wb") as f:
            f.write(image)
        os.chmod(go, 0o755)
        self.expect(65, "Go program", go)

    def test_foreign_machine(self):
        with open(ETP, "rb") as f:
            image = bytearray(f.read())
        image[18] ^= 0xff
        path = self.file("foreign", "")
        with open(path, "wb") as f:
            f.write(image)
        self.expect(65, "another machine", path)

    def test_damaged_programs_do_not_confuse_it(self):
        with open(ETP, "rb") as f:
            image = f.read()
        path = self.file("short", "")
        for length in (4, 52, 63, 64, 65, 100, 200, 500, 800):
            with open(path, "wb") as f:
                f.write(image[:length])
            self.assertEqual(etp("run", path).returncode, 65, length)

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_set_user_id(self):
        path = os.path.join(self.dir, "program")
        shutil.copy("/bin/true", path)
        os.chown(path, 65534, -1)
        os.chmod(path, 0o4755)
        self.expect(65, "privileges", path)
        os.chown(path, 0, 0)
        os.chmod(path, 0o4755)
        # nothing is gained where one is root already
        self.expect(0, "", path)
        self.expect(65, "privileges", path, user=65534)

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_file_capabilities(self):
        path = os.path.join(self.dir, "program")
        shutil.copy("/bin/true", path)
        # version 2, effective, CAP_NET_RAW permitted
        capability = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
        try:
            os.setxattr(path, "security.capability", capability)
        except OSError as error:
            self.skipTest(str(error))
        self.expect(65, "privileges", path, user=65534)
        self.expect(0, "", path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
