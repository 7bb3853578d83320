"""No test goes on for ever: whatever it hangs in, it fails by its name, and what it has started is ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from batty_hooks.system import descendants

_HERE = Path(__file__).parent
_CONFTEST = """
import bounded, os, pytest, signal
bounded.UNHEARD = 2.0
def pytest_addoption(parser):
    bounded.options(parser)
def pytest_configure(config):
    config.pluginmanager.register(bounded.Bounds(config))
@pytest.hookimpl(trylast=True)
def pytest_runtest_logstart(nodeid):
    if "that_goes_on" in nodeid and "PYTEST_XDIST_WORKER" not in os.environ:
        os.kill(os.getpid(), signal.SIGALRM)  # the time of the run is over
"""
_TESTS = """
import ctypes, os, pytest, signal, subprocess, threading, time
one_second = pytest.mark.limit(1)

@one_second
def test_in_python():
    while True:
        pass

@one_second
def test_in_a_program():
    subprocess.run("sleep 4321 & setsid sleep 4321", shell=True, capture_output=True)

@one_second
def test_in_a_program_that_has_left():
    subprocess.run("setsid sleep 4321 &", shell=True)
    time.sleep(4321)

@one_second
def test_in_a_fork():
    pid = os.fork()
    if pid == 0:
        the_fork_hangs_here()
    os.waitpid(pid, 0)

def the_fork_hangs_here():
    time.sleep(4321)

@one_second
def test_in_a_thread():
    thread = threading.Thread(target=time.sleep, args=[4321], daemon=True)
    thread.start()
    thread.join()

@one_second
def test_in_c():
    subprocess.Popen(["sleep", "4321"])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    ctypes.PyDLL(None).pause()

@one_second
def test_swallowing():
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass

@pytest.mark.parametrize("number", range(20))
def test_that_is_good(number):
    pass
"""

_OVER = """
import subprocess

def test_that_goes_on():
    subprocess.run("sleep 4321 & setsid sleep 4321", shell=True, capture_output=True)

def test_that_is_good():
    pass
"""


def _pytest(place: Path, *arguments: str) -> str:
    (place / "conftest.py").write_text(_CONFTEST)
    own = ["-p", "xdist", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
    argv = [sys.executable, "-m", "pytest", *own, *arguments]
    paths = [str(_HERE), str(_HERE.parent)]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(paths), "MARK_OF_TEST": str(place)}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # each worker, and each that follows a killed one, would load them all
    done = subprocess.run(argv, cwd=place, env=env, capture_output=True, text=True, timeout=200, check=False)
    return done.stdout + done.stderr


def _left(place: Path) -> list[descendants.Process]:
    return [one for one in descendants.table().values() if one.variable("MARK_OF_TEST") == str(place)]


def test_each_fails_by_its_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "some_test.py").write_text(_TESTS)
    said = _pytest(tmp_path, "-n", "2", "--dist", "worksteal", "some_test.py")
    assert "7 failed, 20 passed" in said, said
    for name in ("python", "a_program", "a_program_that_has_left", "a_fork", "a_thread"):
        assert f"some_test.py::test_in_{name} was not done in 1 s" in said
    for name in ("in_c", "swallowing"):
        assert f"crashed while running 'some_test.py::test_{name}'" in said
    assert "in the_fork_hangs_here" in said and "setsid sleep 4321" in said
    assert _left(tmp_path) == []


def test_a_run_ends_within_its_bound_and_names_what_is_going_on(tmp_path: Path) -> None:
    (tmp_path / "some_test.py").write_text(_OVER)
    said = _pytest(tmp_path, "-n", "2", "--within", "4321", "some_test.py")
    assert "the tests were not done in 4321 s; still going on:" in said, said
    assert "some_test.py::test_that_goes_on (for" in said, said
    assert _left(tmp_path) == []
